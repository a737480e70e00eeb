/**
 * `SteadyWebSocket` with a session: every message that `send` accepts on either side is handled by the other side's
 * application exactly once and in order, over any number of connections. The server must know sessions, as
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
   * `"prefer"` goes on without a session if the server has none, `"require"` closes the socket then, `"off"` is the steady
   * class as it is. Default: `"prefer"`. Trap: with `"prefer"` an attempt whose handshake fails is repeated without the
   * offer of a session, since browsers hide why it failed.
   */
  session?: "off" | "prefer" | "require";
  /**
   * How much the server may send that is not handled, in bytes, for texts in UTF-16 units. Default: 262,144. Then its
   * sender waits, so a slow reader is not flooded.
   */
  sessionWindow?: number;
}

/** What became of a message. `"delivered"`: the server's application has handled it. */
export type SessionFate = "delivered" | "not-handled" | DiscardReason | "handed-over";

/** A message that is being tracked. */
export interface SessionSent {
  /** Its number within the socket, from 0, in the order of `send`. */
  readonly ticket: number;
  /** Resolves with the outcome. Never rejects. */
  readonly fate: Promise<SessionFate>;
  /** Removes the message if it was never sent. Returns whether it was removed. */
  cancel(): boolean;
}

/** Fired when a session begins and around each resume. */
export interface SessionEvent extends Event {
  /**
   * `"new"`: a session began. `"resuming"`: the client has asked to continue it. `"resumed"`: it continues. `"none"`: the
   * server has no sessions, and the socket goes on without.
   */
  readonly state: "new" | "resuming" | "resumed" | "none";
  /** With `"resumed"`: how many messages are sent again. */
  readonly replayed?: number;
  /** With `"resumed"`: how many messages the server had not acknowledged, those among them. */
  readonly unacknowledged?: number;
}

/** Fired when a session ended otherwise than by being closed. The next connection begins a new one. */
export interface SessionLostEvent extends Event {
  /**
   * Why: a word of the server's refusal (`"unknown"`, `"expired"`, `"closed"`, `"identity"`, `"counts"`, `"store"`,
   * `"broken"`, `"full"`), or `"frame"`, `"credit"`, `"taken"`, `"repeated"`, `"peer"`, `"no-sessions"`, `"given-up"`.
   */
  readonly reason: string;
  /** The close code, if that is the reason. */
  readonly code?: number;
  /** How many messages of the session the server's application is known to have handled. */
  readonly handled: number;
  /** The others: not handled, or `"in-doubt"` if that is unknown. A `discard` event lists them, too. */
  readonly unhandled: readonly { readonly data: Data; readonly reason: SessionFate; readonly ticket: number }[];
}

export interface SessionEventMap extends SteadyEventMap {
  session: SessionEvent;
  sessionlost: SessionLostEvent;
}

/** The steady class but for `send`, whose messages have other fates here, and the types of events. */
declare const Base: Omit<typeof Steady, "prototype"> & {
  new (...args: ConstructorParameters<typeof Steady>): Omit<Steady, "send" | "addEventListener">;
};

/**
 * A `SteadyWebSocket` over a session.
 *
 * A received message is handled when its listeners have returned and the promises they returned have settled, or when it
 * was read from `readable`. What is sent is kept until the server has handled it: `bufferedAmount`, `ready()`,
 * `flushed()` and `writable` are about that.
 */
export declare class SteadyWebSocket extends Base {
  constructor(
    url: ConstructorParameters<typeof Steady>[0],
    protocols?: ConstructorParameters<typeof Steady>[1],
    options?: SessionOptions,
  );

  /** Accepts a message. Throws `QuotaExceededError` if the queue is full. */
  send(data: Data): void;
  send(data: Data, options: SendOptions): SessionSent;

  addEventListener<K extends keyof SessionEventMap>(
    type: K,
    listener: (this: SteadyWebSocket, event: SessionEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

export {};
