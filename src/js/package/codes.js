// "steady-websocket/codes": what close codes and failures mean, in words. Without wasm.

export * from "#codes";
export { explain } from "../explain.js";
