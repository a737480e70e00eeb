// The close codes. Their table is `src/core/codes.rs`; `cargo xtask build` makes `#rows` from it.

import { rows } from "#rows";

/** Every code from 0 to 65535, in ascending rows without a gap. */
export const CLOSE_CODES = Object.freeze(rows.map(Object.freeze));

/** What is known of a close code. */
export function closeCode(code) {
  const row = CLOSE_CODES.find(({ first, last }) => first <= code && code <= last);
  if (!row) throw new RangeError(`${code} is no close code: they are from 0 to 65535.`);
  return { code, ...row };
}
