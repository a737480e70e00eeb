// The cases of each group that is measured in pages.

import { CASES } from "./cases.js";
import { SESSION } from "./session.js";

export const casesOf = (group) => (group === "session" ? SESSION : CASES);
