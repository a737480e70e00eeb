// What the application has of a session.

import { Handling } from "../../session/js/handling.js";
import { costOf } from "../../session/js/messages.js";
import { Driver } from "./driver.js";

/** An exception of the application's is reported as any that nobody catches. */
const report = (cause) =>
  queueMicrotask(() => {
    throw cause;
  });

const fail = (code, text) => Object.assign(new Error(text), { code });

/** Copies what the application may change. */
function payloadOf(data) {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0));
  throw new TypeError("data must be a string or a buffer.");
}

export class Session {
  #driver;
  #onmessage = null;
  #listener;
  #inbox = [];
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

  /** `server`: what the server is told of this session. */
  constructor({ machine, store, record, identity, protocol, request, highWaterMark, server }) {
    this.identity = identity;
    this.protocol = protocol;
    /** The request of the last connection. */
    this.request = request;
    this.#high = highWaterMark;
    /** Resolves with `{ reason, unhandled }` at the end. */
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    this.#handling = new Handling((number) => this.#driver.input((made, at) => made.handled(at, number)));
    this.#driver = new Driver(machine, store, {
      deliver: (number, data) => this.#inbox.push({ number, data }),
      begun: () => server.begun(this),
      resumed: () => server.begun(this),
      fates: () => this.#settle(),
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

  /** Counts of this session. */
  get stats() {
    return { ...this.#driver.counts, queued: this.#driver.heldCost };
  }

  /** Called with each message. It is handled when this returns, or what it returns has settled. */
  get onmessage() {
    return this.#onmessage;
  }

  set onmessage(value) {
    if (typeof value !== "function") value = null;
    this.#onmessage = value;
    this.#listener = value && this.#handling.wrap(({ data, number }) => value.call(this, data, number));
    this.#run();
  }

  /** Accepts a message. Throws if the session is over, or what is not acknowledged costs too much. */
  send(data) {
    const payload = payloadOf(data);
    const refusal = this.#driver.send(payload, costOf(payload, payload.byteLength));
    if (refusal === 2) throw fail("ERR_SESSION_FULL", "The client has not handled what was sent: await ready().");
    if (refusal) throw fail("ERR_SESSION_CLOSED", "The session is closing or closed.");
    if (this.#driver.heldCost > this.#high) this.#pressed = true;
  }

  /** Resolves unless so much is not acknowledged that the application should wait; then when that has fallen. */
  ready() {
    if (this.#end) return Promise.reject(fail("ERR_SESSION_CLOSED", "The session is closed."));
    if (!this.#pressed) return Promise.resolve();
    this.#driver.input((machine, at) => machine.askNow(at));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Resolves when the client has handled everything that was sent before. */
  flushed() {
    const { accepted, acknowledged } = this.#driver.counts;
    if (this.#end) return acknowledged < accepted ? Promise.reject(this.#unhandled()) : Promise.resolve();
    const flushed = new Promise((resolve, reject) => this.#flushes.push({ accepted, resolve, reject }));
    this.#driver.input((machine, at) => machine.askNow(at));
    this.#settle();
    return flushed;
  }

  /** Closes the session when the client has handled everything. Nothing more is received. */
  close() {
    this.#driver.input((machine, at) => machine.close(at));
  }

  /** Reads messages in order. Each is handled when the next is asked for. */
  [Symbol.asyncIterator]() {
    if (this.#reading) throw new Error("The session is being read already.");
    this.#reading = true;
    let taken = false;
    const handle = () => {
      if (taken) this.#handling.taken();
      taken = false;
    };
    return {
      next: async () => {
        handle();
        while (!this.#inbox.length) {
          if (this.#end) return { done: true, value: undefined };
          await new Promise((resolve) => {
            this.#reader = resolve;
          });
        }
        const { number, data } = this.#inbox.shift();
        taken = true;
        this.#handling.deliver(number, () => {}, true);
        return { done: false, value: data };
      },
      return: async () => {
        handle();
        this.#reading = false;
        return { done: true, value: undefined };
      },
    };
  }

  #unhandled() {
    return fail("ERR_SESSION_LOST", "The session ended before the client had handled everything.");
  }

  #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#inbox.length && this.#listener) {
      const message = this.#inbox.shift();
      this.#handling.deliver(message.number, () => {
        try {
          this.#listener(message);
        } catch (cause) {
          report(cause);
        }
      });
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
