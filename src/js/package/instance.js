// Makes the wasm's instance. By hand: the glue that wasm-bindgen writes knows much more than the numbers that go over
// our border, and a page would download it.

import { carry, install, release, say, take } from "../border.js";

export { SteadyWebSocket, WebSocket } from "../socket.js";

export const start = (module) =>
  install(new WebAssembly.Instance(module, { border: { carry, release, say, take } }).exports);
