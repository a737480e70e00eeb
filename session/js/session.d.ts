/**
 * `SteadyWebSocket` with a session: every message that `send` accepts at either end is handled by the other end's
 * application exactly once and in order, over any number of connections. The server must support sessions, as
 * "steady-websocket/server" does.
 *
 * ```js
 * import { SteadyWebSocket } from "steady-websocket/session";
 *
 * const socket = new SteadyWebSocket("wss://example.com/live", [], { session: "require" });
 * socket.addEventListener("sessionlost", ({ reason, unhandled }) => console.log(reason, unhandled));
 * socket.send("arrives once");
 * await socket.flushed(); // The server's application has handled it.
 * ```
 *
 * @module
 */

import type { Data, DiscardReason, SendOptions, SteadyEventMap, SteadyOptions } from "./index.js";
import { SteadyWebSocket as Steady } from "./index.js";

/** Options of {@link SteadyWebSocket}. All are optional. */
export interface SessionOptions extends SteadyOptions {
  /**
   * If the server has no sessions, `"prefer"` continues without one and `"require"` closes the socket. `"off"` is the
   * steady class without sessions. Default: `"prefer"`. Trap: with `"prefer"`, an attempt whose handshake fails is
   * repeated without offering a session, because browsers hide why it failed.
   */
  session?: "off" | "prefer" | "require";
  /**
   * How much the server may send before it is handled, in bytes, for texts in UTF-16 code units. Beyond that its sender
   * waits, so a slow reader is not flooded. Default: 262,144.
   */
  sessionWindow?: number;
}

/** The outcome of a message. `"delivered"`: the server's application has handled it. */
export type SessionFate = "delivered" | "not-handled" | DiscardReason | "handed-over";

/** A message whose outcome is reported. */
export interface SessionSent {
  /** The message's number in the socket, from 0, in the order of `send`. */
  readonly ticket: number;
  /** Resolves with the outcome. Never rejects. */
  readonly fate: Promise<SessionFate>;
  /** Removes the message if it was never sent. Returns whether it was removed. */
  cancel(): boolean;
}

/** Fired when a session begins and around each resume. */
export interface SessionEvent extends Event {
  /**
   * `"new"`: a session began. `"resuming"`: the client has asked to resume it. `"resumed"`: it was resumed.
   * `"none"`: the server has no sessions, and the socket continues without one.
   */
  readonly state: "new" | "resuming" | "resumed" | "none";
  /** With `"resumed"`: how many messages are sent again. */
  readonly replayed?: number;
  /** With `"resumed"`: how many messages the server had not acknowledged, including those. */
  readonly unacknowledged?: number;
}

/** Fired when a session is lost, that is, ends without being closed. The next connection begins a new one. */
export interface SessionLostEvent extends Event {
  /**
   * The reason: the server's (`"unknown"`, `"expired"`, `"closed"`, `"identity"`, `"counts"`, `"store"`, `"broken"`,
   * `"full"`), or `"frame"`, `"credit"`, `"repeated"`, `"peer"`, `"no-sessions"`, `"given-up"`.
   */
  readonly reason: string;
  /** The close code, if it ended the session. */
  readonly code?: number;
  /** How many messages of the session the server's application is known to have handled. */
  readonly handled: number;
  /** The other messages: `"not-handled"`, or `"in-doubt"` if that is unknown. A `discard` event lists them, too. */
  readonly unhandled: readonly { readonly data: Data; readonly reason: SessionFate; readonly ticket: number }[];
}

export interface SessionEventMap extends SteadyEventMap {
  session: SessionEvent;
  sessionlost: SessionLostEvent;
}

/** The steady class without `send`, whose messages have other outcomes here, and without `addEventListener`. */
declare const Base: Omit<typeof Steady, "prototype"> & {
  new (...args: ConstructorParameters<typeof Steady>): Omit<Steady, "send" | "addEventListener">;
};

/**
 * A `SteadyWebSocket` with a session.
 *
 * A received message is handled when its listeners have returned and the promises they returned have settled, or when it
 * was read from `readable`. A sent message is buffered until the server's application has handled it; `bufferedAmount`,
 * `ready()`, `flushed()` and `writable` include it until then.
 */
export declare class SteadyWebSocket extends Base {
  constructor(
    url: ConstructorParameters<typeof Steady>[0],
    protocols?: ConstructorParameters<typeof Steady>[1],
    options?: SessionOptions,
  );

  /** Queues a message. Throws `QuotaExceededError` if the queue is full. */
  send(data: Data): void;
  send(data: Data, options: SendOptions): SessionSent;

  addEventListener<K extends keyof SessionEventMap>(
    type: K,
    listener: (this: SteadyWebSocket, event: SessionEventMap[K]) => unknown,
    options?: Parameters<Steady["addEventListener"]>[2],
  ): void;
  addEventListener(...args: Parameters<Steady["addEventListener"]>): void;
}

export {};
