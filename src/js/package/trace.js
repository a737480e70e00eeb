// "steady-websocket/trace": the same classes, over a wasm that records what happens to each socket.

import { Brand } from "../brand.js";
import { core, requireCore } from "../core.js";
import { lastText, writeText } from "./border.trace.js";

export { SteadyWebSocket, WebSocket } from "./index.js";

/** Returns a socket's trace: a line for each input. */
export function trace(socket) {
  core.trace(Brand.of(socket).handle);
  return lastText();
}

/** Replays a trace. Returns the text with the effects below each line. */
export function replay(text) {
  requireCore();
  writeText(`${text}`);
  const line = core.replay();
  if (line >= 0) throw new SyntaxError(`Failed to replay a trace: line ${line}: ${lastText()}.`);
  return lastText();
}
