import { SteadyWebSocket, WebSocket, type FlushError } from "steady-websocket";

const url = "wss://example.org/";
const strict: globalThis.WebSocket = new WebSocket(url, ["a", "b"]);
const w: globalThis.WebSocket = new SteadyWebSocket(url);
const Strict: typeof globalThis.WebSocket = WebSocket;
const target: EventTarget = new SteadyWebSocket(new URL(url), "chat", {});

const socket = new SteadyWebSocket(url);
socket.onmessage = (event: MessageEvent) => void event.data;
socket.addEventListener("close", ({ code, reason, wasClean }) => void [code satisfies number, reason, wasClean]);
socket.send(new Uint8Array(1));
socket.binaryType = "arraybuffer";
const state: number = socket.readyState === WebSocket.OPEN ? SteadyWebSocket.CLOSED : socket.CLOSING;

// The type that libraries ask for.
declare function client(options: { webSocketImpl: typeof globalThis.WebSocket }): void;
client({ webSocketImpl: WebSocket });

// Callbacks that may take long can be cancelled.
const cancellable = new SteadyWebSocket(
  async (attempt, { signal }) => (await fetch(`/address/${attempt}`, { signal })).text(),
  (_attempt, { signal }) => (signal.aborted ? [] : "chat"),
  {
    beforeFlush: async ({ send, signal }) => send(await (await fetch("/token", { signal })).text()),
    retry: async ({ code }, { signal }) => code !== 4001 && (await fetch("/alive", { signal })).ok,
  },
);
cancellable.flushed().catch(({ ticket, reason }: FlushError) => void [ticket satisfies number, reason satisfies string]);
["a", "b"].forEach(cancellable.send, cancellable);

class Mine extends SteadyWebSocket {}
void [strict, w, Strict, target, state, new Mine(url)];
