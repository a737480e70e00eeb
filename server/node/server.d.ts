/**
 * Sessions at the server, over Node's `ws` or whatever has its structure.
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

/** What is used of a socket of `ws`. */
export interface Socket {
  readonly protocol: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  on(event: "message", listener: (data: any, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** A connection before its session: for authentication by messages. They are not counted. */
export interface Opening<R> {
  /** What was passed to `accept`. */
  readonly request: R;
  /** The application's sub-protocol. */
  readonly protocol: string;
  send(data: string | Uint8Array): void;
  /** Resolves with the next message. Rejects at the end of the connection. */
  receive(): Promise<string | Uint8Array>;
}

/** Options of a {@link SessionServer}. All are optional. */
export interface SessionServerOptions<R = unknown> {
  /**
   * Returns who the client is. Runs on every connection, at a resume as at an open; only the identity that opened a
   * session may resume it. If it throws or rejects, the connection is closed with 1008. Default: everybody is the same.
   */
  authorize?(request: R, opening: Opening<R>): string | Promise<string>;
  /** Called with each session when it begins, and with one that was read from the store. */
  onsession?(session: Session<R>): void;
  /** Called when the store threw or rejected. The call is repeated. */
  onstorefailure?(cause: unknown, session?: Session<R>): void;
  /** Where sessions live. Default: a {@link MemoryStore}. */
  store?: Store;
  /** The application's sub-protocols. Default: none. */
  protocols?: Iterable<string>;
  /** How much a client may send that is not handled, in bytes, for texts in UTF-16 units. Default: 262,144. */
  window?: number;
  /** How much `send` accepts that the client has not handled. Default: 16 MiB. */
  queue?: number;
  /** Above this, `ready()` waits; less than `queue`. Default: 1 MiB, at most half of `queue`. */
  highWaterMark?: number;
  /** For how many milliseconds a session outlives its connection. Default: 120,000. */
  life?: number;
  /**
   * A client that asks for one session more is refused; one that comes back from another node is closed with 1013 and keeps
   * its session. Default: 100,000.
   */
  maxSessions?: number;
  /** Connections that have not asked for a session yet; one more is closed with 1013. Default: 1,000. */
  maxUnopened?: number;
  /** Milliseconds for authorization and for asking. Default: 10,000. */
  openWithin?: number;
}

/** A session. Connections come and go beneath it. */
export interface Session<R = unknown> {
  readonly id: string;
  /** What `authorize` returned. */
  readonly identity: string;
  /** The application's sub-protocol. */
  readonly protocol: string;
  /** What was passed to `accept` with the last connection. */
  readonly request: R;
  /**
   * Called with each message and its number in the session, from 1. It is handled when this returns, or when the promise it
   * returns settles. A message that is handled again after a crash has the same number.
   */
  onmessage: ((data: string | Uint8Array, number: number) => unknown) | null;
  /** Resolves at the end: why it ended, and how many messages the client has not handled as far as is known. */
  readonly closed: Promise<{ readonly reason: string; readonly unhandled: number }>;
  /** Counts of messages, and what is not acknowledged. */
  readonly stats: {
    readonly accepted: number;
    readonly acknowledged: number;
    readonly received: number;
    readonly handled: number;
    readonly queued: number;
  };
  /**
   * Accepts a message, which the client handles once and in order. Throws an error with the code `"ERR_SESSION_FULL"` if
   * the queue is full, `"ERR_SESSION_CLOSED"` if the session is over.
   */
  send(data: string | ArrayBuffer | ArrayBufferView): void;
  /** Resolves when the application may send more. Rejects at the end. */
  ready(): Promise<void>;
  /** Resolves when the client has handled everything sent before. Rejects if the session ends before that. */
  flushed(): Promise<void>;
  /** Closes the session when the client has handled everything. */
  close(): void;
  /**
   * Messages in order. Each is handled when the next is asked for; until then the client's sender may have to wait, and its
   * number is `stats.handled + 1`.
   */
  [Symbol.asyncIterator](): AsyncIterator<string | Uint8Array, undefined>;
}

/** Sessions over the sockets that are passed to {@link SessionServer.accept}. */
export declare class SessionServer<R = unknown> {
  constructor(options?: SessionServerOptions<R>);
  /** The number of sessions, those without a connection included. */
  readonly size: number;
  /** Chooses the sub-protocol: for the option of this name of `ws`. */
  readonly handleProtocols: (offered: Iterable<string>) => string | false;
  /** Takes a socket. Returns false for a client without sessions, whose socket is the application's. */
  accept(socket: Socket, request: R): boolean;
  /** Ends every connection with 1012. Resolves when the store knows everything. The sessions stay in the store. */
  shutdown(): Promise<void>;
}

/** Keys of a session, in hexadecimal. The secrets are hashes. */
export interface Keys {
  readonly secret: string;
  readonly nonce: string;
  readonly previousSecret: string;
  readonly previousNonce: string;
  readonly attempt: number;
}

/** Everything of a session. Each number is an integer. */
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
  /** Why it is over; empty if it is not. */
  readonly end: string;
  readonly endHandled: number;
  /** The messages behind `acked`; `null` was dropped. */
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
 * Where sessions live. Each method may return a promise, and throws a {@link StoreRefusal} as `session/PROTOCOL.md` says
 * under "The server's store". After any other exception the call is repeated. Trap: if the first was stored after all, its
 * repetition must succeed, or the session ends with a gap.
 */
export interface Store {
  create(record: StoredSession): void | Promise<void>;
  read(id: string): StoredSession | undefined | Promise<StoredSession | undefined>;
  /** Replaces the keys if `owner` is still the nonce, unless the session is over. Returns the record as it then is. */
  adopt(id: string, owner: string, keys: Keys): StoredSession | Promise<StoredSession>;
  /** Makes one change, if `owner` is the nonce and `seq` the number behind the record's. */
  write(id: string, owner: string, seq: number, write: Write): void | Promise<void>;
}

/** Why a store refuses a write: another node owns the session, or a write before this one is missing. */
export declare class StoreRefusal extends Error {
  constructor(code: "fenced" | "gap");
  readonly code: "fenced" | "gap";
}

/** Keeps sessions in this process. */
export declare class MemoryStore implements Store {
  create(record: StoredSession): void;
  read(id: string): StoredSession | undefined;
  adopt(id: string, owner: string, keys: Keys): StoredSession;
  write(id: string, owner: string, seq: number, write: Write): void;
}
