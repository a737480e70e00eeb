import type { Failure } from "./index.js";

/** A close code, or a range of codes that share a meaning. */
export interface CloseCodes {
  /** The first code that this speaks of. */
  readonly first: number;
  /** The last one. */
  readonly last: number;
  /** Its registered name. */
  readonly name: string;
  /** What it says, in one line. */
  readonly meaning: string;
  /** Who may put it into a Close frame; `"anyone"` includes a script in a page, `"endpoint"` does not. */
  readonly sentBy: "nobody" | "endpoint" | "client" | "server" | "anyone";
  /** Whether a steady socket tries again after it, if no `retry` decides otherwise. */
  readonly retried: boolean;
}

/** Every code from 0 to 65535, in ascending rows without a gap. */
export declare const CLOSE_CODES: readonly CloseCodes[];

/**
 * What is known of a close code.
 *
 * @throws RangeError if it is not between 0 and 65535.
 */
export declare function closeCode(code: number): CloseCodes & { readonly code: number };

/** A failure in one sentence: the likely cause, and what its close code means. */
export declare function explain(failure: Failure): string;
