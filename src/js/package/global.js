// "steady-websocket/global": a classic script, for pages without a bundler.

import { SteadyWebSocket, WebSocket } from "./index.js";

for (const [name, value] of Object.entries({ SteadyWebSocket, WebSocket })) {
  // Not enumerable, as Web IDL defines interface objects.
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
