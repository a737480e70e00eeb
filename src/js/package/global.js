// "steady-websocket/global": a classic script, for pages that build nothing.

import { SteadyWebSocket, WebSocket } from "./index.js";

for (const [name, value] of Object.entries({ SteadyWebSocket, WebSocket })) {
  // As Web IDL defines an interface object: not enumerable.
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
