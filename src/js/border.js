// What the wasm imports. A module of its own: all that it exports reaches the page.

export { install, release, say, take } from "./core.js";
export { carry } from "./effects.js";
