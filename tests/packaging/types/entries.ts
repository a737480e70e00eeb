import { init } from "steady-websocket/async";
import { closeCode, explain } from "steady-websocket/codes";
import { Network } from "steady-websocket/network";
import { SessionServer } from "steady-websocket/server";
import { SteadyWebSocket, type SessionOptions } from "steady-websocket/session";
import { replay, SteadyWebSocket as Traced, trace } from "steady-websocket/trace";

const network = new Network({ latency: 20 });
network.listen("wss://chat.test/", (request) => {
  if (request.origin === null) request.refuse(403, { headers: { "x-reason": "origin" }, body: new Uint8Array(1) });
  else request.accept({ headers: [["x-node", "1"]] }).send("hello");
});
const plain = new network.WebSocket("wss://chat.test/");
plain.onmessage = ({ data }) => void data;

const options: SessionOptions = { session: "require", sessionWindow: 1 << 16 };
const socket = new SteadyWebSocket("wss://chat.test/", [], options);
socket.addEventListener("close", ({ code, reason }) => void [code satisfies number, reason satisfies string]);
socket.addEventListener("sessionlost", ({ handled }) => void (handled satisfies number), { once: true });
socket.addEventListener("anything", { handleEvent: (event) => void event.type });
socket.addEventListener("anything", (event) => void event.type, true);
const { value } = await socket.readable.getReader().read();

const traced = new Traced("wss://chat.test/", () => ["chat"], { signal: new AbortController().signal });
traced.addEventListener("drain", function () {
  this.stats().roundTrip satisfies number | undefined;
});
const failure = traced.lastFailure;
const said: string = replay(trace(traced)) + closeCode(1006).name + (failure === null ? "" : explain(failure));

const server = new SessionServer<{ user: string }>({ authorize: ({ user }) => user });
const done: Promise<void> = init(new Uint8Array(8)).then(() => server.shutdown());
void [value, said, done];
