// "steady-websocket/session": the steady class with a session, over a server that knows `session/PROTOCOL.md`.

import { frequent, text } from "#wasm";
import { decode } from "../../src/js/package/decode.js";
import { start } from "../../src/js/package/instance.js";

// What the page forbids, the session's own wasm has reported already.
start(new WebAssembly.Module(decode(text, frequent)));

export { SteadyWebSocket } from "./socket.js";
