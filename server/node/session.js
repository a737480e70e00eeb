// The application's end of a session.

import { Handling } from "../../session/js/handling.js";
import { costOf } from "../../session/js/messages.js";
import { Queue } from "../../src/js/queue.js";
import { Driver } from "./driver.js";

/** Reports an exception of the application as uncaught. */
export const report = (cause) =>
  queueMicrotask(() => {
    throw cause;
  });

const fail = (code, text) => Object.assign(new Error(text), { code });

/** Returns the payload of a message; copies buffers, which the application may change. */
function payloadOf(data) {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0));
  throw new TypeError("data must be a string, an ArrayBuffer or an ArrayBufferView.");
}

export class Session {
  #driver;
  #onmessage = null;
  #listener;
  #inbox = new Queue();
  #reader;
  #reading = false;
  #handling;
  #running = false;
  #high;
  #pressed = false;
  #waiting = [];
  #flushes = [];
  #end;
  #close;

  /** `server` has the callbacks for events of the session. */
  constructor({ machine, store, record, identity, protocol, request, highWaterMark, server }) {
    this.identity = identity;
    this.protocol = protocol;
    /** The request of the latest connection. */
    this.request = request;
    this.#high = highWaterMark;
    /** Resolves with `{ reason, unhandled }` when the session ends. */
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    this.#handling = new Handling((number) => this.#driver.input((made, at) => made.handled(at, number)));
    this.#driver = new Driver(machine, store, {
      deliver: (number, data) => this.#inbox.push({ number, data }),
      begun: () => server.begun(this),
      resumed: () => server.begun(this),
      fates: () => this.#settle(),
      ending: () => this.#clear(),
      ended: (reason) => this.#ended(reason),
      over: () => server.over(),
      storeFailed: (cause) => server.storeFailed(cause, this),
      run: () => this.#run(),
    }, record);
    server.made(this, this.#driver);
  }

  get id() {
    return this.#driver.id;
  }

  /** Message counts, and the cost of unacknowledged messages. */
  get stats() {
    return { ...this.#driver.counts, queued: this.#driver.heldCost };
  }

  /** Called with each message, which is handled when the callback returns or its promise settles. */
  get onmessage() {
    return this.#onmessage;
  }

  set onmessage(value) {
    if (typeof value !== "function") value = null;
    this.#onmessage = value;
    this.#listener = value && this.#handling.wrap(({ data, number }) => value.call(this, data, number));
    this.#run();
  }

  /** Queues a message. Throws if the queue is full or the session is over. */
  send(data) {
    const payload = payloadOf(data);
    const refusal = this.#driver.send(payload, costOf(payload, payload.byteLength));
    if (refusal === 2) throw fail("ERR_SESSION_FULL", "The queue is full: await ready(), or raise options.queue.");
    if (refusal) throw fail("ERR_SESSION_CLOSED", "The session is closing or closed.");
    if (this.#driver.heldCost > this.#high) this.#pressed = true;
  }

  /** Resolves immediately below the high-water mark; once it was exceeded, when a quarter of it is reached. */
  ready() {
    if (this.#end) return Promise.reject(fail("ERR_SESSION_CLOSED", "The session is closed."));
    if (!this.#pressed) return Promise.resolve();
    this.#driver.input((machine, at) => machine.askNow(at));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Resolves when the client has handled everything sent so far. */
  flushed() {
    const { accepted, acknowledged } = this.#driver.counts;
    if (this.#end) return acknowledged < accepted ? Promise.reject(this.#unhandled()) : Promise.resolve();
    const flushed = new Promise((resolve, reject) => this.#flushes.push({ accepted, resolve, reject }));
    this.#driver.input((machine, at) => machine.askNow(at));
    this.#settle();
    return flushed;
  }

  /** Closes the session once the client has handled everything. Nothing more is received. */
  close() {
    this.#clear();
    this.#driver.input((machine, at) => machine.close(at));
  }

  /** Discards the messages not taken yet: the session's record counts them as not handled. */
  #clear() {
    this.#inbox = new Queue();
  }

  /** Iterates over messages in order. Each is handled when the next is requested. */
  [Symbol.asyncIterator]() {
    if (this.#reading) throw new Error("The session already has an iterator: call its return() first.");
    this.#reading = true;
    const done = { done: true, value: undefined };
    let over = false;
    let taken = false;
    const handle = () => {
      if (taken) this.#handling.taken();
      taken = false;
    };
    const take = async () => {
      handle();
      while (!over && !this.#inbox.length) {
        if (this.#end) return done;
        await new Promise((resolve) => {
          this.#reader = resolve;
        });
      }
      if (over) return done;
      const { number, data } = this.#inbox.shift();
      taken = true;
      this.#handling.begin();
      this.#handling.end(number, true);
      return { done: false, value: data };
    };
    let last = Promise.resolve();
    return {
      next: () => (last = last.then(take)),
      return: async () => {
        if (over) return done;
        handle();
        over = true;
        this.#reading = false;
        this.#reader?.();
        return done;
      },
    };
  }

  #unhandled() {
    return fail("ERR_SESSION_LOST", "The session ended before the client had handled all messages.");
  }

  #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#inbox.length && this.#listener) {
      const message = this.#inbox.shift();
      this.#handling.begin();
      try {
        this.#listener(message);
      } catch (cause) {
        report(cause);
      }
      this.#handling.end(message.number);
    }
    this.#running = false;
    if (this.#inbox.length || this.#end) this.#reader?.();
  }

  #settle() {
    const { acknowledged } = this.#driver.counts;
    this.#flushes = this.#flushes.filter(({ accepted, resolve }) => accepted > acknowledged || resolve());
    if (!this.#pressed || this.#driver.heldCost > this.#high / 4) return;
    this.#pressed = false;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #ended(reason) {
    const { accepted, acknowledged } = this.#driver.counts;
    this.#end = { reason, unhandled: accepted - acknowledged };
    const closed = fail("ERR_SESSION_CLOSED", "The session is closed.");
    for (const { reject } of this.#waiting.splice(0)) reject(closed);
    for (const { reject } of this.#flushes.splice(0)) reject(this.#unhandled());
    this.#close(this.#end);
  }
}
