/**
 * Decodes a text written by xtask/src/build/encode.rs.
 *
 * Bytes stay whole, so that gzip finds repetitions, and only ASCII survives minifiers and other charsets. So a frequent byte
 * is one printable character, and any other is two.
 */
export function decode(text, frequent) {
  // A set of bytes, six in each character.
  const often = (byte) => ((frequent.charCodeAt(byte / 6) - 48) >> (byte % 6)) & 1;
  const all = [...Array(256).keys()];
  const order = [...all.filter(often), ...all.filter((byte) => !often(byte))];
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  let high = 0;
  // Not a loop: Chromium would stop to compile faster code for it, which takes longer than the decoding.
  bytes.forEach((character) => {
    const code = character - 32;
    if (code > 92 && !high) high = 93 + (code - 93) * 95;
    else {
      bytes[at++] = order[high + code];
      high = 0;
    }
  });
  return bytes.subarray(0, at);
}
