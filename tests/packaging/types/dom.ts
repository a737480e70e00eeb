// Where lib.dom is, its types and ours are the same ones.

import { SteadyWebSocket, type SteadyEventMap } from "steady-websocket";
import type { Source } from "steady-websocket/async";
import type { Request } from "steady-websocket/network";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Listening = Parameters<SteadyWebSocket["addEventListener"]>;
type Added = "ready" | "flushed" | "terminate";
type Headed = NonNullable<Parameters<Request["accept"]>[0]>;

const close: Same<SteadyEventMap["close"], CloseEvent> = true;
const strict: Same<Pick<SteadyEventMap, keyof WebSocketEventMap>, Pick<WebSocketEventMap, keyof WebSocketEventMap>> = true;
const listener: Same<Listening[1], EventListenerOrEventListenerObject> = true;
const options: Same<Listening[2], boolean | AddEventListenerOptions | undefined> = true;
const source: Same<Source, string | URL | globalThis.Request | Response | BufferSource | WebAssembly.Module> = true;
const headers: Same<Headed["headers"], { headers?: HeadersInit }["headers"]> = true;
void [close, strict, listener, options, source, headers];

// Node's own class takes options of its own, which ours do not.
declare function client(options: { webSocketImpl: typeof globalThis.WebSocket }): void;
client({ webSocketImpl: SteadyWebSocket });
const Steady: typeof globalThis.WebSocket = SteadyWebSocket;
const shared: Pick<SteadyWebSocket, Exclude<keyof WebSocket, "addEventListener" | "send" | Added>> = new globalThis.WebSocket(
  "wss://example.org/",
);
void [Steady, shared];
