// "steady-websocket/async" in Node, Deno and Bun: a file is not worth fetching there.

export { SteadyWebSocket, WebSocket } from "./index.js";

export async function init() {}

export { init as default };
