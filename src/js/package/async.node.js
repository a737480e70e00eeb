// "steady-websocket/async" in Node, Deno and Bun: no separate file there.

export { SteadyWebSocket, WebSocket } from "./index.js";

export async function init() {}

export { init as default };
