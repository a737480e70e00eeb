/**
 * Sessions for servers that use Node's `ws`, or sockets with the same methods.
 *
 * ```js
 * import { WebSocketServer } from "ws";
 * import { SessionServer } from "steady-websocket/server";
 *
 * const sessions = new SessionServer({
 *   onsession(session) {
 *     session.onmessage = (data) => session.send(`echo: ${data}`);
 *   },
 * });
 * const server = new WebSocketServer({ port: 8080, handleProtocols: sessions.handleProtocols });
 * server.on("connection", (socket, request) => sessions.accept(socket, request) || socket.close(1002));
 * ```
 *
 * @module
 */

/** The methods that a socket must have; those of `ws` do. */
export interface Socket {
  readonly protocol: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  on(event: "message", listener: (data: any, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** A connection before its session, to authenticate the client by messages. They do not belong to the session. */
export interface Opening<R> {
  /** The request passed to `accept`. */
  readonly request: R;
  /** The application's sub-protocol. */
  readonly protocol: string;
  send(data: string | Uint8Array): void;
  /** Resolves with the next message. Rejects when the connection ends. */
  receive(): Promise<string | Uint8Array>;
}

/** Options of a {@link SessionServer}. All are optional. */
export interface SessionServerOptions<R = unknown> {
  /**
   * Returns the client's identity. Called for every connection, to open or to resume a session; only the identity that
   * opened a session can resume it. If it throws or rejects, the connection is closed with 1008. Default: all clients
   * have the same identity.
   */
  authorize?(request: R, opening: Opening<R>): string | Promise<string>;
  /** Called with each session when it begins or was read from the store. */
  onsession?(session: Session<R>): void;
  /** Called when the store throws or rejects. The call to the store is repeated. */
  onstorefailure?(cause: unknown, session?: Session<R>): void;
  /** Stores the sessions. Default: a {@link MemoryStore}. */
  store?: Store;
  /** The application's sub-protocols. Default: none. */
  protocols?: Iterable<string>;
  /** How much a client may send before it is handled, in bytes, for texts in UTF-16 code units. Default: 262,144. */
  window?: number;
  /** How much `send` accepts before the client has handled it, in the same units. Default: 16 MiB. */
  queue?: number;
  /** `ready()` waits while more than this is unhandled. Default: 1 MiB. */
  highWaterMark?: number;
  /** How many milliseconds a session survives without a connection. Default: 120,000. */
  life?: number;
  /** The maximum number of sessions. Further opens are refused. Default: 100,000. */
  maxSessions?: number;
  /**
   * The maximum number of sessions of one identity. Further opens are refused. An empty identity, which is that of all
   * clients without `authorize`, has no limit. Default: 100.
   */
  maxSessionsPerIdentity?: number;
  /** The maximum number of connections without a session yet. Further ones are closed with 1013. Default: 1,000. */
  maxUnopened?: number;
  /** How many milliseconds a connection may take to authenticate and to open or resume. Default: 10,000. */
  openWithin?: number;
}

/** A session, which lasts over any number of connections. */
export interface Session<R = unknown> {
  readonly id: string;
  /** The identity that `authorize` returned. */
  readonly identity: string;
  /** The application's sub-protocol. */
  readonly protocol: string;
  /** The request passed to `accept` with the latest connection. */
  readonly request: R;
  /**
   * Called with each message and its number in the session, from 1. It is handled when this returns, or when the promise it
   * returns settles. A message that is handled again after a crash has the same number.
   */
  onmessage: ((data: string | Uint8Array, number: number) => unknown) | null;
  /** Resolves at the end: why it ended, and how many messages the client has not handled as far as is known. */
  readonly closed: Promise<{ readonly reason: string; readonly unhandled: number }>;
  /** Message counts; `queued` is the cost of unacknowledged messages. */
  readonly stats: {
    readonly accepted: number;
    readonly acknowledged: number;
    readonly received: number;
    readonly handled: number;
    readonly queued: number;
  };
  /**
   * Queues a message, which the client handles once and in order. Throws an error with the code `"ERR_SESSION_FULL"` if
   * the queue is full, or `"ERR_SESSION_CLOSED"` if the session is closing or over.
   */
  send(data: string | ArrayBuffer | ArrayBufferView): void;
  /** Resolves when the application should send more. Rejects when the session ends. */
  ready(): Promise<void>;
  /** Resolves when the client has handled everything sent so far. Rejects if the session ends first. */
  flushed(): Promise<void>;
  /** Closes the session once the client has handled everything. */
  close(): void;
  /** Iterates over the messages in order. A message is handled when the next one is requested. */
  [Symbol.asyncIterator](): AsyncIterator<string | Uint8Array, undefined>;
}

/** Manages the sessions of the sockets passed to {@link SessionServer.accept}. */
export declare class SessionServer<R = unknown> {
  /** Throws a `TypeError` with the code `"ERR_SESSION_OPTION"` that names an invalid option. */
  constructor(options?: SessionServerOptions<R>);
  /** The number of sessions, including those without a connection. */
  readonly size: number;
  /** Selects the sub-protocol: pass it to `ws` as the option of the same name. */
  readonly handleProtocols: (offered: Iterable<string>) => string | false;
  /** Takes over a socket. Returns false if the client did not negotiate a session; the socket is then left alone. */
  accept(socket: Socket, request: R): boolean;
  /** Closes all connections with 1012. Resolves when the store has everything; the sessions stay in it. */
  shutdown(): Promise<void>;
}

/** The keys of a session in hexadecimal. The secrets are hashed. */
export interface Keys {
  readonly secret: string;
  readonly nonce: string;
  readonly previousSecret: string;
  readonly previousNonce: string;
  readonly attempt: number;
}

/** The stored state of a session. All numbers are integers. */
export interface StoredSession extends Keys {
  readonly id: string;
  readonly identity: string;
  readonly life: number;
  readonly window: number;
  readonly peerWindow: number;
  readonly handled: number;
  readonly handledCost: number;
  readonly acked: number;
  readonly ackedCost: number;
  readonly seq: number;
  /** Why the session is over; empty if it is not. */
  readonly end: string;
  readonly endHandled: number;
  /** The messages after `acked`; `null` if dropped. */
  readonly held: readonly ({ readonly data: string | Uint8Array; readonly cost: number } | null)[];
}

/** A change of a stored session. */
export type Write =
  | { readonly type: "append"; readonly number: number; readonly data: string | Uint8Array; readonly cost: number }
  | { readonly type: "skip"; readonly number: number }
  | { readonly type: "trim"; readonly acked: number }
  | { readonly type: "handled"; readonly count: number; readonly cost: number }
  | { readonly type: "swap"; readonly keys: Keys }
  | { readonly type: "confirm" }
  | { readonly type: "end"; readonly why: string; readonly handled: number };

/**
 * A store of sessions. Each method may return a promise, and throws a {@link StoreRefusal} as described in
 * `session/PROTOCOL.md`, "The server's store". After any other exception the call is repeated. Trap: if the first call
 * was carried out, its repetition must succeed; otherwise the session is lost.
 */
export interface Store {
  create(record: StoredSession): void | Promise<void>;
  read(id: string): StoredSession | undefined | Promise<StoredSession | undefined>;
  /** Replaces the keys if `owner` is still the nonce, unless the session is over. Returns the resulting record. */
  adopt(id: string, owner: string, keys: Keys): StoredSession | Promise<StoredSession>;
  /**
   * Applies a write if `owner` is the nonce and `seq` is one more than the record's. For an end, stores as `endHandled` the
   * greater of its `handled` and the record's, and returns that: the client is told. Nothing need be returned if only
   * these writes change `handled`, and no transaction of the application does.
   */
  write(id: string, owner: string, seq: number, write: Write): number | void | Promise<number | void>;
}

/** A store's refusal: another node owns the session, or the session or an earlier write is missing. */
export declare class StoreRefusal extends Error {
  constructor(code: "fenced" | "gap");
  readonly code: "fenced" | "gap";
}

/** Keeps sessions in this process's memory. */
export declare class MemoryStore implements Store {
  create(record: StoredSession): void;
  read(id: string): StoredSession | undefined;
  adopt(id: string, owner: string, keys: Keys): StoredSession;
  write(id: string, owner: string, seq: number, write: Write): number | undefined;
}
