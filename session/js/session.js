// "steady-websocket/session": the steady class with a session. The server must implement `session/PROTOCOL.md`.

import { frequent, text } from "#wasm";
import { decode } from "../../src/js/package/decode.js";
import { start } from "../../src/js/package/instance.js";

// If wasm cannot be compiled, loading the session's own has already reported it.
start(new WebAssembly.Module(decode(text, frequent)));

export { SteadyWebSocket } from "./socket.js";
