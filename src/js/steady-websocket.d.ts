// The package's types: `index.d.ts` beside `index.js`.

/**
 * The browser's `WebSocket`, to the letter of the standard: no reconnecting, no queue.
 *
 * What it has besides is not enumerable, and is there for whoever asks: {@link WebSocket.ready}, {@link
 * WebSocket.flushed}, {@link WebSocket.terminate}, and a `drain` event.
 */
export declare class WebSocket extends globalThis.WebSocket {
  /**
   * Resolves immediately unless the application should pause: then when `bufferedAmount`, having passed the high-water
   * mark (1 MiB), has fallen to the low one. Rejects with `InvalidStateError` when the socket is closing or closed, so
   * that a loop that waits for it ends.
   */
  ready(): Promise<void>;

  /**
   * Resolves when every message sent before the call was handed to the network, which is not yet an answer from the
   * server. Rejects with a {@link FlushError} as soon as one of them was not, or if a message was lost since the last
   * `flushed()`.
   */
  flushed(): Promise<void>;

  /**
   * Closes without waiting for the server. A steady socket lets go of its connection, and fires `close` with 1006.
   *
   * Trap: a strict socket can only ask, as `close()` does. It is the browser's own object, which nothing but the
   * server's answer or the browser's patience (seconds to minutes) brings to CLOSED, and its events can not be kept from
   * listeners that were there before. While it is CONNECTING, asking is enough: the browser gives it up at once.
   */
  terminate(): void;

  addEventListener<K extends keyof WebSocketEventMap | "drain">(
    type: K,
    listener: (this: WebSocket, event: K extends keyof WebSocketEventMap ? WebSocketEventMap[K] : Event) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** What `flushed()` and `writable.close()` reject with: a `NetworkError` that names a message that was not handed over. */
export interface FlushError extends DOMException {
  /** The number of the message within its socket, from 0, in the order of `send`. */
  readonly ticket: number;
  /** Why it was not sent, or may not have been. */
  readonly reason: DiscardReason;
}

/** What can be sent. */
export type Data = string | ArrayBufferLike | Blob | ArrayBufferView;

/** How a connection ended, in the words of `CloseEvent`. */
export interface Closure {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** How an attempt failed or a connection was lost: what can be known where the browser hides the reason from scripts. */
export interface Failure extends Closure {
  /** The number of the attempt, counted from 1. */
  readonly attempt: number;
  /** Before it was open; until `beforeFlush` was done; while messages flowed; after `close()`. */
  readonly phase: "connecting" | "gate" | "open" | "closing";
  /** How long that phase had lasted, in ms. */
  readonly took: number;
  /** What `navigator.onLine` said. Trap: `true` says little, `false` is mostly right. */
  readonly online: boolean;
  /** Whether this socket was ever open. */
  readonly everOpened: boolean;
  /** Whether this page ever had a connection to this address, leaving its query aside. */
  readonly workedBefore: boolean;
  /** What was thrown, if no connection could be begun. */
  readonly error?: unknown;
  /**
   * The cause, as far as it can be told. `explain()` of "steady-websocket/codes" puts it into a sentence.
   *
   * - `"handshake"`: server not listening, refused by an HTTP status such as 502, blocked by a proxy, closed before the
   *   connection was established; and if the address never worked: wrong, mixed content, a certificate not trusted
   * - `"timeout"`: `connectTimeout`, `closeTimeout` or the heartbeat's had passed
   * - `"offline"`: the machine was
   * - `"cut"`: ended without a Close frame, by the server, a proxy or the network
   * - `"server"`: closed by the server, properly: see `code`
   * - `"provider"`: the function that gives the address or the protocols threw `error`
   * - `"forbidden"`: the browser threw `error`, as it does with mixed content. A fixed address is not tried again
   * - `"gate"`: `beforeFlush` failed
   * - `"stowed"`: the page went into the back/forward cache
   * - `"page"`: given up by `close()`, `terminate()`, `reconnect()` or the signal
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

/** A connection was lost and another will be tried. `preventDefault()` gives up: `close` follows. */
export interface ReconnectingEvent extends Event, Closure {
  /** The number of the attempt that will be made, counted from 1 for the first connection. */
  readonly attempt: number;
  /** In how many milliseconds. */
  readonly delay: number;
  /** How many messages were handed to the lost connection and may or may not have arrived. */
  readonly inDoubt: number;
}

/** Why a message was not sent, or may not have been. */
export type DiscardReason =
  /** The queue was full. */
  | "overflow"
  /** It waited longer than its `ttl`. */
  | "expired"
  /** A newer message with its `key` took its place. */
  | "replaced"
  /** `cancel()` took it back. */
  | "cancelled"
  /** It was bound to a session that `newSession()` ended. */
  | "stale-session"
  /** The socket closed first. */
  | "closed"
  /** It was handed to a connection that ended before it could be known whether it left. */
  | "in-doubt";

/** What became of a message, in the end. Handed over is not yet an answer from the server. */
export type Fate = "handed-over" | DiscardReason;

/** Messages that will not be sent, or may have been lost: those that go together, in one event. */
export interface DiscardEvent extends Event {
  readonly messages: readonly { readonly data: Data; readonly reason: DiscardReason; readonly ticket: number }[];
}

export interface SteadyEventMap {
  /** After every connection, the first or a later one. */
  open: Event;
  message: MessageEvent;
  /** Only before a last, unclean `close`. */
  error: Event;
  /** Once, and last: given up, told to stop, or closed by the application. */
  close: CloseEvent;
  reconnecting: ReconnectingEvent;
  discard: DiscardEvent;
  /** The pressure is off: what waits has fallen from above the high-water mark to the low one. */
  drain: Event;
}

/** Wishes for one message. Giving any tracks it. */
export interface SendOptions {
  /** Gives back the message's fate even without another wish. */
  track?: boolean;
  /**
   * A queued message is replaced by a newer one with the same key. For states that supersede each other (a cursor, a
   * price). Trap: the newer one goes to the end of the queue.
   */
  key?: string;
  /** How many milliseconds it may wait in the queue before it is discarded. Default: `queue.ttl`. */
  ttl?: number;
  /** It means nothing to another session: `newSession()` discards it if it is still queued. Default: false. */
  session?: boolean;
}

/** A message that is being tracked. */
export interface Sent {
  /** Its number within the socket, from 0, in the order of `send`. */
  readonly ticket: number;
  /** What became of it. Never rejected. */
  readonly fate: Promise<Fate>;
  /** Takes it back if it is still queued; whether it was. */
  cancel(): boolean;
}

/** What a function gets that may take long. */
export interface Cancellable {
  /** Aborted as soon as the answer is of no use any more: the attempt was given up, or the socket closed. */
  readonly signal: AbortSignal;
}

/** What `beforeFlush` gets. */
export interface Gate extends Cancellable {
  /** Sends on this connection, past the queue. Throws `InvalidStateError` once the connection is lost. */
  send(data: Data): void;
  /** Listen here for the server's answer. */
  readonly socket: SteadyWebSocket;
  /** The number of the attempt, counted from 1. */
  readonly attempt: number;
}

/** How a {@link SteadyWebSocket} behaves. Every default is for those who have never heard of the option. */
export interface SteadyOptions {
  /**
   * How long an attempt may take, in ms: provider, handshake, `beforeFlush` and `retry` each. Default: 10,000. A
   * network that swallows packets would otherwise hold an attempt for minutes. Trap: below a slow server's answer it
   * never connects.
   */
  connectTimeout?: number;
  /**
   * How long a closing handshake may take, in ms. Default: 5,000. Browsers wait for up to a minute. Trap: a peer that
   * is still reading a large queue may be cut off.
   */
  closeTimeout?: number;
  /**
   * Above this many bytes, queued and handed over but not sent, the application should pause. Default: 1 MiB. Nothing
   * enforces it: `ready()`, `drain` and `writable` tell. If only `lowWaterMark` is given: at least four times that.
   */
  highWaterMark?: number;
  /** Falling to this many bytes, it may go on. Default: a quarter of `highWaterMark`. Trap: close to the high mark it flickers. */
  lowWaterMark?: number;
  /** The ladder of delays between attempts. */
  backoff?: {
    /**
     * How chance enters: `"full"` (anywhere below the step), `"equal"` (the upper half of it), `"decorrelated"` (up to
     * three times the delay before) or `"none"`. Default: `"full"`. Trap: with `"none"` all clients return as one.
     */
    jitter?: "full" | "equal" | "decorrelated" | "none";
    /** The first step, in ms. Default: 1,000. */
    first?: number;
    /** Each step over the one before. Default: 2. */
    growth?: number;
    /** No delay is shorter, in ms. Default: 100. Many short-lived connections are capped whatever this says. */
    floor?: number;
    /** No step is longer, in ms. Default: 30,000. */
    ceiling?: number;
    /** Attempts without a stable connection before giving up. Default: never. Trap: then the socket is dead for good. */
    attempts?: number;
    /** A connection that lived this long, in ms, starts the ladder over. Default: 5,000. Trap: 0 hammers a server that accepts and drops. */
    stableAfter?: number;
    /** The shortest wait after 1012, Service Restart, in ms. Default: 5,000. */
    restartFloor?: number;
    /** The shortest wait after 1013, Try Again Later, in ms. Default: 30,000. */
    busyFloor?: number;
  };
  /** What is kept while there is no connection. */
  queue?: {
    /** At most this many bytes. Default: 16 MiB. */
    maxBytes?: number;
    /** At most this many messages. Default: 1,048,576. */
    maxCount?: number;
    /**
     * What gives way when one more does not fit: `"refuse"` (`send` throws `QuotaExceededError`), `"drop-oldest"` or
     * `"drop-newest"` (said by `discard`). Default: `"refuse"`, since only then nothing is lost unseen.
     */
    overflow?: "refuse" | "drop-oldest" | "drop-newest";
    /** How many milliseconds a message may wait, unless it says so itself. Default: for ever. Trap: what is stale by then is sent all the same. */
    ttl?: number;
  };
  /**
   * How a dead peer is noticed. Default: not at all, since only the application knows what its server answers.
   * Trap: a server that answers nothing is taken for dead.
   */
  heartbeat?: {
    /** Silence from the peer, in ms, after which it is asked. Any message counts as a sign of life. */
    interval: number;
    /** How long anything at all may take to come back, in ms. */
    timeout: number;
    /** What to ask with, or a function that makes it. Default: an empty text. */
    message?: Data | (() => Data);
    /** Whether a message answers a heartbeat: it is then kept from the application, and timed for `stats()`. */
    isReply?(data: unknown): boolean;
  };
  /**
   * Runs on every new connection before anything queued is sent: for authentication. If it throws or rejects, the
   * connection is given up and another tried. Trap: what it sends is not queued, tracked or sent again.
   */
  beforeFlush?(gate: Gate): void | Promise<void>;
  /**
   * Whether and when to try again: `true` (after the usual delay, whatever the code), `false` (no more), or a number of
   * milliseconds. Anything else is as usual: 1000, 1002, 1003, 1007–1010, 3000, 3003 and 4400–4499 stop, since the same
   * request would fail again. Trap: a rule that always answers 0 is capped, not obeyed.
   */
  retry?(
    close: Closure,
    cancellable: Cancellable,
  ): boolean | number | undefined | void | Promise<boolean | number | undefined | void>;
  /** What waits in `readable` to be read. Nothing can hold a server back. */
  inbound?: {
    /** At most this many bytes. Default: 64 MiB. */
    maxBytes?: number;
    /** At most this many messages. Default: 1,048,576. */
    maxCount?: number;
    /**
     * What gives way when one more does not fit: `"close"` (the socket, with 4009; the stream errs with
     * `QuotaExceededError` once what waited was read), `"drop-oldest"` or `"drop-newest"` (counted in `stats()`).
     * Default: `"close"`: who does not keep up has lost either way, and this way knows.
     */
    overflow?: "close" | "drop-oldest" | "drop-newest";
  };
  /** Aborting it ends the socket for good, at once. */
  signal?: AbortSignal;
}

/** What a socket has done so far. */
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
  /** Received messages that `readable` dropped, by the rule of `inbound`. */
  readonly dropped: number;
  /** The last heartbeat's way there and back, in ms. */
  readonly roundTrip: number | undefined;
}

type Provided<T> = T | ((attempt: number, cancellable: Cancellable) => T | Promise<T>);

/**
 * A `WebSocket` that stays connected.
 *
 * `readyState` is CONNECTING while a connection is lost or retried, and what is sent then is queued. Address and
 * protocols may be functions, asked again at every attempt: so a token can be fresh. One that throws or rejects is an
 * attempt that failed.
 */
export declare class SteadyWebSocket extends WebSocket {
  constructor(url: Provided<string | URL>, protocols?: Provided<string | string[]>, options?: SteadyOptions);

  /**
   * Sends, or queues. Throws `QuotaExceededError` if the queue is full and refuses. A second argument that is no object
   * is ignored.
   */
  send(data: Data): void;
  send(data: Data, options: SendOptions): Sent;

  /** Gives the present connection up, or cuts the present wait short, and connects afresh. */
  reconnect(): void;

  /** From now on messages sent with `session` belong to a new session; queued ones of the old one are discarded. */
  newSession(): void;

  stats(): SteadyStats;

  /**
   * How the last attempt failed, or the last connection was lost; `null` if none was. It is there when `reconnecting`
   * and the last `close` are told. An end that `close()` asked for and got is no failure.
   */
  readonly lastFailure: Failure | null;

  /**
   * Messages as a stream. Once everything was read, it ends after a clean close and errs after another. Trap: nothing
   * can hold a server back, so what is not read is kept, within the bounds of `inbound`; messages from before the
   * first use are not in it.
   */
  readonly readable: ReadableStream<string | ArrayBuffer | Blob>;

  /**
   * A stream whose pressure is the socket's: `write` resolves when the application may go on. `close` waits until every
   * message was handed over or lost, closes the socket, and rejects with a {@link FlushError} if one was lost.
   */
  readonly writable: WritableStream<Data>;

  /**
   * Trap: `EventTarget.prototype.addEventListener.call(socket, "message", …)` goes past this method, and hears only what
   * the application itself dispatches: a message is told without a second event of its own.
   */
  addEventListener<K extends keyof SteadyEventMap>(
    type: K,
    listener: (this: SteadyWebSocket, event: SteadyEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
