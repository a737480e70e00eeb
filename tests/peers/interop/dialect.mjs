// The conversation that server and page share.

import { pattern } from "../page/check.js";

/** What `!large` sends, and the size of its fragments. */
export const LARGE = pattern(1 << 20);
export const FRAGMENT = 1 << 16;
