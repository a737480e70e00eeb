// "steady-websocket": ready as soon as it is imported. The wasm is in this file and compiled here.
//
// `#wasm` is the wasm as text: xtask/src/build/.

import { frequent, text } from "#wasm";
import { decode } from "./decode.js";
import { explain } from "./explain.js";
import { start } from "./instance.js";

try {
  start(new WebAssembly.Module(decode(text, frequent)));
} catch (cause) {
  throw explain(cause);
}

export { SteadyWebSocket, WebSocket } from "./instance.js";
