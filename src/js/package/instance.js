// Instantiates the wasm. Written by hand: wasm-bindgen's glue handles much more than the numbers that cross our border,
// and pages would download it.

import { effect, install, letter, number, release } from "../border.js";

export { SteadyWebSocket, WebSocket } from "../socket.js";

export const start = (module) =>
  install(new WebAssembly.Instance(module, { border: { effect, letter, number, release } }).exports);
