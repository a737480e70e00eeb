// What the wasm of the package imports.

import { effect, number } from "../border.js";

export { install } from "../border.js";

export const imports = { effect, number };
