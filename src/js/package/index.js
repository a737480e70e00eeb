// "steady-websocket": ready when imported. The wasm is in this file.
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
