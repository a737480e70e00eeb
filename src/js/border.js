// What the wasm imports.

export { appendLetter as letter, install, readNumber as number, releasePayload as release } from "./core.js";
export { performEffect as effect } from "./effects.js";
