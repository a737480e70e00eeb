// "steady-websocket": ready when imported. The wasm is in this file, and instantiated with the first socket.
//
// `#wasm` is the wasm as text: xtask/src/build/.

import { frequent, text } from "#wasm";
import { decode } from "./decode.js";
import { explain } from "./explain.js";
import { installLater } from "../core.js";
import { start } from "./instance.js";

function compile(bytes) {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw explain(cause);
  }
}

// The smallest module shows already whether this page can and may compile one.
compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
installLater(() => start(compile(decode(text, frequent))));

export { SteadyWebSocket, WebSocket } from "./instance.js";
