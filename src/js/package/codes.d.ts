import type { Failure } from "./index.js";

/** A close code, or a range of codes that share a meaning. */
export interface CloseCodes {
  /** The first code of the range. */
  readonly first: number;
  /** The last code of the range. */
  readonly last: number;
  /** The registered name. */
  readonly name: string;
  /** The meaning, in one line. */
  readonly meaning: string;
  /** Who may put it into a Close frame; `"anyone"` includes a script in a page, `"endpoint"` does not. */
  readonly sentBy: "nobody" | "endpoint" | "client" | "server" | "anyone";
  /** Whether a steady socket reconnects after it, unless `retry` decides otherwise. */
  readonly retried: boolean;
}

/** All codes from 0 to 65535, in ascending order without gaps. */
export declare const CLOSE_CODES: readonly CloseCodes[];

/**
 * Returns the entry of a close code.
 *
 * @throws RangeError if it is not between 0 and 65535.
 */
export declare function closeCode(code: number): CloseCodes & { readonly code: number };

/** Describes a failure in one sentence: the likely cause and the meaning of its close code. */
export declare function explain(failure: Failure): string;
