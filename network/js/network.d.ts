/**
 * A network in the page or the test process: WebSocket clients, servers, the link between them and the bytes on it, in
 * memory and on a clock of its own. The same seed and the same calls give the same bytes.
 *
 * ```js
 * import { Network } from "steady-websocket/network";
 *
 * const network = new Network({ latency: 20 });
 * network.listen("wss://chat.test/", (request) => {
 *   const peer = request.accept();
 *   peer.onmessage = (data) => peer.send(`echo: ${data}`);
 * });
 * const socket = new network.WebSocket("wss://chat.test/");
 * socket.onopen = () => socket.send("hello");
 * socket.onmessage = ({ data }) => console.log(network.now, data);
 * await network.advance(1000);
 * ```
 *
 * @module
 */

/** Options of a {@link Network}. */
export interface NetworkOptions {
  /** Keys and masking keys are derived from it. Default: 0. */
  seed?: number;
  /** How long bytes travel in either direction, in milliseconds. Default: 0. */
  latency?: number;
  /** Bytes per second in each direction of a connection. Default: no limit. */
  bandwidth?: number;
  /** The size in bytes of each socket's send and receive buffer. Default: 65,536. */
  buffer?: number;
  /** The `Origin` header of connections. Default: the origin of the page; outside of pages none. */
  origin?: string;
  /**
   * `"virtual"`: time passes only in {@link Network.advance} and {@link Network.idle}. `"real"`: the network follows the
   * platform's clock, for demos; it needs the timers that were there when this module was loaded. Default: `"virtual"`.
   */
  clock?: "virtual" | "real";
}

/** A network. See the module's documentation. */
export class Network {
  /** Throws a TypeError that names the option if one is invalid. */
  constructor(options?: NetworkOptions);

  /** The emulated class: the standard's WebSocket over this network. */
  readonly WebSocket: typeof WebSocket;
  /** The time in milliseconds since the network was created. */
  readonly now: number;
  /** The number of connections with an end that is not closed. */
  readonly connections: number;
  /**
   * While true, new connections fail and nothing travels. Setting it fires `offline` or `online` at the global object; while
   * the network is installed, `navigator.onLine` follows.
   */
  offline: boolean;

  /**
   * Makes {@link WebSocket} the global class. Sockets of `steady-websocket` created from now on use this network and its
   * clock, so heartbeats, backoff and timeouts run in its time. Timers of the test framework are not used and not changed.
   */
  install(): void;
  /** Restores what was there before {@link install}. Throws if another class was installed since. */
  uninstall(): void;

  /**
   * Calls `handle` with each request for a URL, compared without its query; a URL that ends in `*` matches all that start
   * like it. Returns a function that stops listening. Throws if the URL is invalid or has a listener already.
   */
  listen(url: string, handle: (request: Request) => void): () => void;

  /**
   * Lets time pass: a number of milliseconds, or until a promise settles. Events and timers run in order, each with its
   * promises. Resolves to the result of the promise. Rejects if the promise is still pending when nothing is scheduled any
   * more, or after a day of virtual time, and says what each connection waits for. Also rejects after 100,000 events and
   * timers at the same time.
   */
  advance(milliseconds: number): Promise<void>;
  advance<T>(promise: PromiseLike<T>): Promise<T>;
  /** Lets time pass until nothing is scheduled. Rejects after 100,000 events and timers, as with heartbeats. */
  idle(): Promise<void>;

  /** Calls a function later, on the clock of the network. */
  setTimeout(callback: () => void, delay?: number): number;
  /** Cancels a timer of {@link setTimeout}. */
  clearTimeout(timer: number): void;

  /** What crossed the wire so far, oldest first. At 16 MiB the oldest records are dropped. */
  readonly wire: WireRecord[];
  /** The wire as text, a line for each frame. */
  text(): string;
  /** The wire as a `.pcapng` file, which Wireshark opens. TLS is not emulated: `wss:` is shown in plain. */
  pcapng(): Uint8Array;
}

/** As in lib.dom.d.ts. The types of Node lack it. */
type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;

/** A handshake request that arrived at a listener. Answer it once, now or later. */
export interface Request {
  readonly url: string;
  readonly headers: Headers;
  readonly protocols: string[];
  readonly origin: string | null;
  /** Accepts the connection. Throws if the sub-protocol was not offered, or if the request was answered already. */
  accept(options?: { protocol?: string; extensions?: string; headers?: HeadersInit }): Peer;
  /**
   * Behaves like the fault server at the path `name`, for example `fault("close", { code: 1012, after: 3 })`. The table of
   * faults is in the README of `tests/server`. Throws if there is no such fault, or if a parameter is invalid. Returns the
   * server side, for `reset()`, `silence()` and the like: its messages go to the fault.
   */
  fault(name: string, parameters?: Record<string, string | number>): Peer;
  /** Answers with another HTTP status than 101. */
  refuse(status: number, options?: { headers?: HeadersInit; body?: string | ArrayBuffer | ArrayBufferView }): void;
}

/** The server side of a connection. Iterating reads its messages in order. */
export interface Peer extends AsyncIterable<string | Uint8Array> {
  readonly url: string;
  readonly protocol: string;
  /** Bytes sent that are not in the socket buffer yet. */
  readonly bufferedAmount: number;
  /**
   * Called with each message that is not read by iteration. Without it, messages are stored for iteration: with 65,536
   * messages or 16 MiB unread, the peer stops reading, so that the client's `bufferedAmount` grows.
   */
  onmessage: ((data: string | Uint8Array) => void) | null;
  /** Called when the server side is closed. */
  onclose: ((info: PeerCloseInfo) => void) | null;
  /** Resolves when the server side is closed. */
  readonly closed: Promise<PeerCloseInfo>;
  /** Sends a message. */
  send(data: string | ArrayBuffer | ArrayBufferView): void;
  /** Starts the closing handshake. Any code is sent, also illegal ones; without one the Close frame is empty. */
  close(code?: number, reason?: string): void;
  /** Ends TCP without a closing handshake. */
  cut(): void;
  /** Resets TCP. What has not arrived is lost. */
  reset(): void;
  /** Stops sending anything, also answers to pings and Close frames: a half-open connection. Still receives. */
  silence(): void;
  /** Limits how many bytes per second are read. */
  slow(bytesPerSecond: number): void;
  /** Stops reading: buffers fill up, and the client's `bufferedAmount` grows. */
  stopReading(): void;
  /** Reads again, without a limit. */
  resumeReading(): void;
  /**
   * Breaks the protocol, for example `violate("utf8")`: the names are those of `/violate?how=…` in the README of
   * `tests/server`.
   */
  violate(how: string): void;
  /** Writes raw bytes, whether they are a frame or not. */
  write(bytes: ArrayBuffer | ArrayBufferView): void;
}

/** How the server side of a connection ended. */
export interface PeerCloseInfo {
  code: number;
  reason: string;
  wasClean: boolean;
}

/** Something that crossed the wire. */
export type WireRecord = {
  connection: number;
  /** When its last byte arrived, in milliseconds. */
  time: number;
  direction: "to-server" | "to-client";
} & (
  | { type: "request"; head: string }
  | {
      type: "response";
      head: string;
      /** How `Sec-WebSocket-Accept` follows from the key: BASE64(SHA1(key + guid)). */
      accept?: { key: string; guid: string; expected: string; given: string };
    }
  | {
      type: "frame";
      name: "continuation" | "text" | "binary" | "close" | "ping" | "pong" | "reserved";
      fin: boolean;
      /** RSV1, RSV2 and RSV3 as the bits 4, 2 and 1. */
      rsv: number;
      opcode: number;
      /** The masking key. */
      mask: Uint8Array | null;
      length: number;
      /** The bits that encode the length. */
      lengthBits: 7 | 16 | 64;
      /** The payload as it crossed, masked if there is a key; at most the first MiB. */
      payload: Uint8Array;
      /** The payload without its mask. */
      plain: Uint8Array;
    }
  | { type: "bytes"; bytes: Uint8Array }
  | { type: "fin" }
  | { type: "reset" }
);

export {};
