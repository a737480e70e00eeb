/**
 * Decodes a text written by xtask/src/build/encode.rs.
 *
 * Bytes stay whole, so that gzip finds repetitions, and only ASCII survives minifiers and other charsets. So a frequent byte
 * is one printable character, and any other is two.
 */
export function decode(text, frequent) {
  // A set of bytes, six in each character.
  const often = (byte) => ((frequent.charCodeAt(byte / 6) - 48) >> (byte % 6)) & 1;
  const order = [...Array(256).keys()].sort((one, other) => often(other) - often(one));
  const bytes = new Uint8Array(text.length);
  let at = 0;
  let high = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) - 32;
    if (code > 92 && !high) high = 93 + (code - 93) * 95;
    else {
      bytes[at++] = order[high + code];
      high = 0;
    }
  }
  return bytes.subarray(0, at);
}
