// What the wasm imports.

export { install, readNumber as number } from "./core.js";
export { performEffect as effect } from "./effects.js";
