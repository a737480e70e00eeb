import "steady-websocket/global";

const w: WebSocket = new SteadyWebSocket("wss://example.org/");
const steady: SteadyWebSocket = new globalThis.SteadyWebSocket("wss://example.org/");
void [w, steady];
