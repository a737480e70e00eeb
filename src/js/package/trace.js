// "steady-websocket/trace": the same classes, over a wasm that writes down what happens to each socket.

import { Brand } from "../brand.js";
import { core, heard, spell } from "../core.js";

export { SteadyWebSocket, WebSocket } from "./index.js";

/** What has happened to a socket so far: a line for each input. */
export function trace(socket) {
  core.trace(Brand.of(socket).handle);
  return heard();
}

/** What a socket does when all this happens to it: the same text, with effects beneath each line. */
export function replay(text) {
  spell(`${text}`);
  const line = core.replay();
  if (line >= 0) throw new SyntaxError(`Failed to replay a trace: line ${line}: ${heard()}.`);
  return heard();
}
