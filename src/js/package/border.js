// The imports of the package's wasm.

import { effect, number } from "../border.js";

export { install } from "../border.js";

export const imports = { effect, number };
