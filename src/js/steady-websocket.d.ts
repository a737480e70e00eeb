// The package's types: `index.d.ts` beside `index.js`.
//
// The types of Node lack some names of lib.dom.d.ts. Those are taken from classes that both have.

type Listener = NonNullable<Parameters<EventTarget["addEventListener"]>[1]>;
type ListenerOptions = NonNullable<Parameters<EventTarget["addEventListener"]>[2]>;
type CloseEvent = Parameters<NonNullable<globalThis.WebSocket["onclose"]>>[0];

/**
 * The `WebSocket` of the standard: it neither reconnects nor queues.
 *
 * Adds {@link WebSocket.ready}, {@link WebSocket.flushed} and {@link WebSocket.terminate}, which are not enumerable,
 * and a `drain` event.
 */
export declare class WebSocket extends globalThis.WebSocket {
  /**
   * Resolves immediately unless `bufferedAmount` has passed the high-water mark (1 MiB); then resolves when it has
   * fallen to the low-water mark. Rejects with `InvalidStateError` when the socket is closing or closed, so that a loop
   * awaiting it ends.
   */
  ready(): Promise<void>;

  /**
   * Resolves when every message sent before the call has been handed to the network; this does not mean that the server
   * has answered. Rejects with a {@link FlushError} as soon as one of them cannot be, or if a message was lost since
   * the last `flushed()`.
   */
  flushed(): Promise<void>;

  /**
   * Closes without waiting for the server. A steady socket abandons its connection and fires `close` with code 1006.
   *
   * Trap: a strict socket is a native object, so this does the same as `close()`: the socket stays CLOSING until the
   * server answers or the browser's own timeout (seconds to minutes) expires, and its events still fire. While it is
   * CONNECTING, the browser aborts the connection immediately.
   */
  terminate(): void;

  addEventListener<K extends "open" | "message" | "error" | "close" | "drain">(
    type: K,
    listener: (this: WebSocket, event: SteadyEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
}

/** The `NetworkError` that `flushed()` and `writable.close()` reject with. It identifies a lost message. */
export interface FlushError extends DOMException {
  /** The message's number within its socket, counted from 0 in the order of `send`. */
  readonly ticket: number;
  /** Why it was not sent, or may not have been. */
  readonly reason: DiscardReason;
}

/** A message that `send` accepts. */
export type Data = string | ArrayBufferLike | Blob | ArrayBufferView;

/** How a connection ended, with the fields of `CloseEvent`. */
export interface Closure {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** How an attempt failed or a connection was lost. Browsers hide the exact reason from scripts. */
export interface Failure extends Closure {
  /** The number of the attempt, counted from 1. */
  readonly attempt: number;
  /** Before `open`; during `beforeFlush`; after `beforeFlush`; after `close()`. */
  readonly phase: "connecting" | "gate" | "open" | "closing";
  /** How long that phase had lasted, in ms. */
  readonly took: number;
  /** The value of `navigator.onLine`. Trap: `true` proves little; `false` is mostly right. */
  readonly online: boolean;
  /** Whether this socket was ever open. */
  readonly everOpened: boolean;
  /** Whether this page ever had a connection to this address, ignoring its query. */
  readonly workedBefore: boolean;
  /** The exception, if no connection could be started. */
  readonly error?: unknown;
  /**
   * The cause, as far as scripts can know it. `explain()` of "steady-websocket/codes" describes it in a sentence.
   *
   * - `"handshake"`: server not listening, refused by an HTTP status such as 502, blocked by a proxy, closed before the
   *   connection was established; and if the address never worked: wrong, mixed content, a certificate not trusted
   * - `"timeout"`: `connectTimeout`, `closeTimeout` or `heartbeat.timeout` expired
   * - `"offline"`: the machine was offline
   * - `"cut"`: ended without a Close frame, by the server, a proxy or the network
   * - `"server"`: closed by the server with a Close frame: see `code`
   * - `"provider"`: the function that provides the address or the protocols threw `error`
   * - `"forbidden"`: the browser threw `error`, as it does for mixed content. A fixed address is not retried
   * - `"gate"`: `beforeFlush` failed
   * - `"stowed"`: the page entered the back/forward cache
   * - `"page"`: ended by `close()`, `terminate()`, `reconnect()` or the signal
   */
  readonly cause:
    | "handshake"
    | "timeout"
    | "offline"
    | "cut"
    | "server"
    | "provider"
    | "forbidden"
    | "gate"
    | "stowed"
    | "page";
}

/** Fired when a connection was lost and will be retried. `preventDefault()` stops retrying: `close` follows. */
export interface ReconnectingEvent extends Event, Closure {
  /** The number of the next attempt; the first connection was 1. */
  readonly attempt: number;
  /** The delay before that attempt, in ms. */
  readonly delay: number;
  /** The number of messages handed to the lost connection that may or may not have arrived. */
  readonly inDoubt: number;
}

/** Why a message was not sent, or may not have been. */
export type DiscardReason =
  /** The queue was full. */
  | "overflow"
  /** It waited longer than its `ttl`. */
  | "expired"
  /** A newer message with the same `key` replaced it. */
  | "replaced"
  /** `cancel()` removed it from the queue. */
  | "cancelled"
  /** It belonged to a session that `newSession()` ended. */
  | "stale-session"
  /** The socket closed first. */
  | "closed"
  /** It was handed to a connection that ended before it was known whether the message had left. */
  | "in-doubt";

/** The final outcome of a message. `"handed-over"` does not mean that the server has answered. */
export type Fate = "handed-over" | DiscardReason;

/** Lists messages that will not be sent or may have been lost. Messages discarded together share one event. */
export interface DiscardEvent extends Event {
  readonly messages: readonly { readonly data: Data; readonly reason: DiscardReason; readonly ticket: number }[];
}

export interface SteadyEventMap {
  /** Fired after every connection, the first and later ones. */
  open: Event;
  message: MessageEvent;
  /** Fired only before a final unclean `close`. */
  error: Event;
  /** Fired once, as the last event: retries ended, or the application closed the socket. */
  close: CloseEvent;
  reconnecting: ReconnectingEvent;
  discard: DiscardEvent;
  /** Fired when the buffered bytes have fallen from above the high-water mark to the low-water mark. */
  drain: Event;
}

/** Options of one message. Setting any of them tracks the message. */
export interface SendOptions {
  /** Tracks the message even if no other option is set. */
  track?: boolean;
  /**
   * A queued message is replaced by a newer one with the same key. For values that supersede each other (a cursor, a
   * price). Trap: the newer message goes to the end of the queue.
   */
  key?: string;
  /** How many milliseconds it may wait in the queue before it is discarded. Default: `queue.ttl`. */
  ttl?: number;
  /** Binds the message to this session: `newSession()` discards it if it is still queued. Default: false. */
  session?: boolean;
  /**
   * Hands the buffer of binary data over instead of copying the data: if the socket accepts it, the buffer is detached, as
   * by `postMessage`. A buffer that cannot be detached is copied. Default: false.
   */
  transfer?: boolean;
}

/** A message that is being tracked. */
export interface Sent {
  /** Its number within the socket, from 0, in the order of `send`. */
  readonly ticket: number;
  /** Resolves with the outcome. Never rejects. */
  readonly fate: Promise<Fate>;
  /** Removes the message if it is still queued. Returns whether it was. */
  cancel(): boolean;
}

/** Passed to callbacks that may be asynchronous. */
export interface Cancellable {
  /** Aborted when the result is no longer needed: the attempt was abandoned, or the socket closed. */
  readonly signal: AbortSignal;
}

/** Passed to `beforeFlush`. */
export interface Gate extends Cancellable {
  /** Sends on this connection, bypassing the queue. Throws `InvalidStateError` once the connection is lost. */
  send(data: Data): void;
  /** The socket, on which to listen for the server's answer. */
  readonly socket: SteadyWebSocket;
  /** The number of the attempt, counted from 1. */
  readonly attempt: number;
}

/** Options of {@link SteadyWebSocket}. All are optional. */
export interface SteadyOptions {
  /**
   * How long an attempt may take, in ms: provider, handshake, `beforeFlush` and `retry` each. Default: 10,000. A
   * network that swallows packets would otherwise hold an attempt for minutes. Trap: below a slow server's answer it
   * never connects.
   */
  connectTimeout?: number;
  /**
   * How long a closing handshake may take, in ms. Default: 5,000. Browsers wait for up to a minute. Trap: a peer that
   * is still reading a large queue may be disconnected.
   */
  closeTimeout?: number;
  /**
   * Above this many bytes, queued and handed over but not sent, the application should pause. Default: 1 MiB. Nothing
   * enforces it: use `ready()`, `drain` or `writable`. If only `lowWaterMark` is given: at least four times that.
   */
  highWaterMark?: number;
  /**
   * At or below this many bytes, the application may continue. Default: a quarter of `highWaterMark`. Trap: close to
   * the high-water mark, `drain` fires often.
   */
  lowWaterMark?: number;
  /** The delays between attempts. */
  backoff?: {
    /**
     * The randomness of the delay: `"full"` (anywhere below the step), `"equal"` (the upper half of it),
     * `"decorrelated"` (up to three times the previous delay) or `"none"`. Default: `"full"`. Trap: with `"none"` all
     * clients reconnect at once.
     */
    jitter?: "full" | "equal" | "decorrelated" | "none";
    /** The first step, in ms. Default: 1,000. */
    first?: number;
    /** The factor from one step to the next. Default: 2. */
    growth?: number;
    /** No delay is shorter, in ms. Default: 100. Many short-lived connections are rate-limited in any case. */
    floor?: number;
    /** No step is longer, in ms. Default: 30,000. */
    ceiling?: number;
    /** Attempts without a stable connection before the socket closes for good. Default: no limit. */
    attempts?: number;
    /**
     * A connection that lasts this long, in ms, resets the delays. Default: 5,000. Trap: with 0, a server that accepts
     * and drops is retried from the first step every time.
     */
    stableAfter?: number;
    /** The shortest wait after 1012, Service Restart, in ms. Default: 5,000. */
    restartFloor?: number;
    /** The shortest wait after 1013, Try Again Later, in ms. Default: 30,000. */
    busyFloor?: number;
  };
  /** The queue of messages sent while there is no connection. */
  queue?: {
    /** At most this many bytes. Default: 16 MiB. */
    maxBytes?: number;
    /** At most this many messages. Default: 1,048,576. */
    maxCount?: number;
    /**
     * What happens when a message does not fit: `"refuse"` (`send` throws `QuotaExceededError`), `"drop-oldest"` or
     * `"drop-newest"` (reported by `discard`). Default: `"refuse"`, so that the sender learns of it at once.
     */
    overflow?: "refuse" | "drop-oldest" | "drop-newest";
    /** How long a message without its own `ttl` may wait, in ms. Default: no limit, so stale messages are sent. */
    ttl?: number;
  };
  /**
   * Detects a dead peer. Default: off, since only the application knows what its server answers. Trap: a server that
   * never answers is treated as dead.
   */
  heartbeat?: {
    /** Silence from the peer, in ms, after which a heartbeat is sent. Any received message restarts it. */
    interval: number;
    /** How long to wait for any message after a heartbeat, in ms. */
    timeout: number;
    /** The message to send, or a function that returns it. Default: an empty string. */
    message?: Data | (() => Data);
    /** Returns whether a message answers a heartbeat. Answers are not dispatched, but timed for `stats()`. */
    isReply?(data: unknown): boolean;
  };
  /**
   * Runs on every new connection before anything queued is sent: for authentication. If it throws or rejects, the
   * connection is abandoned and another attempted. Trap: messages it sends are not queued, tracked or sent again.
   */
  beforeFlush?(gate: Gate): void | Promise<void>;
  /**
   * Decides whether and when to reconnect: `true` (after the usual delay, whatever the code), `false` (never), or a
   * delay in ms. Any other value selects the default: 1000, 1002, 1003, 1007–1010, 3000, 3003 and 4400–4499 stop, since
   * the same request would fail again. Trap: a rule that always returns 0 is rate-limited.
   */
  retry?(
    close: Closure,
    cancellable: Cancellable,
  ): boolean | number | undefined | void | Promise<boolean | number | undefined | void>;
  /** Limits what waits in `readable`. A page cannot slow a server down. */
  inbound?: {
    /** At most this many bytes. Default: 64 MiB. */
    maxBytes?: number;
    /** At most this many messages. Default: 1,048,576. */
    maxCount?: number;
    /**
     * What happens when a message does not fit: `"close"` (closes the socket with 4009; the stream errors with
     * `QuotaExceededError` after the waiting messages were read), `"drop-oldest"` or `"drop-newest"` (counted in
     * `stats()`). Default: `"close"`, so that the loss is visible.
     */
    overflow?: "close" | "drop-oldest" | "drop-newest";
  };
  /** Aborting it closes the socket immediately and for good. */
  signal?: AbortSignal;
}

/** Counters of a socket since its construction. */
export interface SteadyStats {
  readonly attempts: number;
  readonly connections: number;
  readonly sentMessages: number;
  readonly sentBytes: number;
  readonly receivedMessages: number;
  readonly receivedBytes: number;
  readonly discarded: number;
  readonly inDoubt: number;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Received messages that `readable` dropped under `inbound.overflow`. */
  readonly dropped: number;
  /** The round trip of the last heartbeat, in ms. */
  readonly roundTrip: number | undefined;
}

type Provided<T> = T | ((attempt: number, cancellable: Cancellable) => T | Promise<T>);

/**
 * A `WebSocket` that stays connected.
 *
 * `readyState` is CONNECTING while a connection is lost or retried, and messages sent then are queued. The
 * address and the protocols may be functions, called again for every attempt so that a token can be fresh. The attempt
 * fails if one throws or rejects.
 */
export declare class SteadyWebSocket extends WebSocket {
  constructor(url: Provided<string | URL>, protocols?: Provided<string | string[]>, options?: SteadyOptions);

  /**
   * Sends or queues a message. Throws `QuotaExceededError` if the queue is full and `queue.overflow` is `"refuse"`. A
   * second argument that is not an object is ignored.
   */
  send(data: Data): void;
  send(data: Data, options: SendOptions): Sent;

  /** Abandons the current connection or the current delay, and connects again. */
  reconnect(): void;

  /** Starts a new session for messages sent with `session`; discards queued messages of the old one. */
  newSession(): void;

  stats(): SteadyStats;

  /**
   * How the last attempt failed, or the last connection was lost; `null` if there was none. It is set
   * before `reconnecting` and the final `close` fire. A close that `close()` requested and completed is not a failure.
   */
  readonly lastFailure: Failure | null;

  /**
   * Received messages as a stream. After all were read, it ends if the close was clean and errors otherwise. Trap: a
   * page cannot slow a server down, so unread messages are buffered within the limits of `inbound`; messages received
   * before the first use are not included.
   */
  readonly readable: ReadableStream<string | ArrayBuffer | Blob>;

  /**
   * A stream with the socket's back-pressure: `write` resolves when the application may continue. `close` waits until
   * every message was handed over or lost, closes the socket, and rejects with a {@link FlushError} if one was lost.
   */
  readonly writable: WritableStream<Data>;

  /**
   * Trap: `EventTarget.prototype.addEventListener.call(socket, "message", …)` bypasses this method and receives only
   * the events that the application itself dispatches: messages are dispatched without a second event.
   */
  addEventListener<K extends keyof SteadyEventMap>(
    type: K,
    listener: (this: SteadyWebSocket, event: SteadyEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
}

// Without this, the names that are not exported would be.
export {};
