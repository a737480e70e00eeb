// "steady-websocket/codes": what close codes and failures mean, in words. No wasm: it is for those who log them.

export * from "#codes";
export { explain } from "../explain.js";
