// "steady-websocket": ready as soon as it is imported. The wasm is in this file and compiled here.
//
// `#core` is the main file of `wasm-pack build --target web`, `#wasm` the wasm as text: xtask/src/build/.

import { initSync, install } from "#core";
import { length, text } from "#wasm";
import { decode } from "./decode.js";
import { explain } from "./explain.js";

try {
  install(initSync({ module: decode(text, length) }));
} catch (cause) {
  throw explain(cause);
}

export { SteadyWebSocket, WebSocket } from "#core";
