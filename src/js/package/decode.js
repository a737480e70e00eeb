/**
 * The bytes of a text written by xtask/src/build/encode.rs.
 *
 * Bytes, and not groups of bits, have to stay whole for gzip to find what repeats, and nothing but ASCII
 * survives minifiers and pages in other charsets. So a byte is one printable character where that reaches
 * (from 252 on, round the end: the values most frequent in wasm, and rare ones under `"` and `\`), else two.
 */
export function decode(text, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  let high = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) - 32;
    if (code > 92 && !high) high = 93 + (code - 93) * 95;
    else {
      bytes[at++] = high + code - 4;
      high = 0;
    }
  }
  return bytes;
}
