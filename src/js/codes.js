// The close codes. Their table is `src/core/codes.rs`; `cargo xtask build` makes `#rows` from it.

import { rows } from "#rows";

/** All codes from 0 to 65535, in ascending ranges without gaps. */
export const CLOSE_CODES = Object.freeze(rows.map(Object.freeze));

/** Returns the name and meaning of a close code. */
export function closeCode(code) {
  const row = CLOSE_CODES.find(({ first, last }) => first <= code && code <= last);
  if (!row) throw new RangeError(`${code} is not a close code: those are integers from 0 to 65535.`);
  return { code, ...row };
}
