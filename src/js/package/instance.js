// Instantiates the wasm. Written by hand: wasm-bindgen's glue handles much more than the numbers that cross our border,
// and pages would download it.

import { imports, install } from "#border";

export { SteadyWebSocket, WebSocket } from "../socket.js";

export const start = (module) => install(new WebAssembly.Instance(module, { border: imports }).exports);
