import init, { init as named, SteadyWebSocket, WebSocket, type Source } from "steady-websocket/async";

const source: Source = new URL("https://example.org/x.wasm");
const done: Promise<void> = init().then(() => named(source)).then(() => init(fetch("x.wasm")));
const w: globalThis.WebSocket = new SteadyWebSocket("wss://example.org/");
void [done, w, WebSocket];
