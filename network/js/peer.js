// The server's side: requests, and the peers that answer them.

import { Inbox } from "./inbox.js";

/** The property of a peer that has what it received, for assertions: `matchers.js`. */
const RECEIVED = Symbol.for("steady-websocket.received");

/** Headers as the engine takes them: name, value, name, value. */
const flat = (headers) => [...new Headers(headers)].flat();

const bytesOf = (data) =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : data instanceof ArrayBuffer
      ? new Uint8Array(data)
      : undefined;

function required(data, rule) {
  const bytes = bytesOf(data);
  if (!bytes) throw new TypeError(rule);
  return bytes;
}

/** A handshake that arrived at a listener. It is answered once: by `accept`, by `fault`, or by `refuse`. */
export class Request {
  #wire;
  #connection;

  constructor(wire, connection, { url, headers, protocols, origin }) {
    this.#wire = wire;
    this.#connection = connection;
    this.url = url;
    this.headers = new Headers(headers);
    this.protocols = protocols;
    this.origin = origin;
  }

  /** Accepts the connection, and returns its server side. */
  accept({ protocol, extensions, headers } = {}) {
    const peer = new Peer(this.#wire, this.#connection, { url: this.url, protocol: protocol ?? "" });
    this.#wire.accept(this.#connection, protocol, extensions, flat(headers), peer);
    return peer;
  }

  /**
   * Behaves as the fault server does at the path `name`, with these parameters in the query. Returns the server side, whose
   * messages go to the fault.
   */
  fault(name, parameters = {}) {
    if (Object(parameters) !== parameters) throw new TypeError("parameters must be an object.");
    const peer = new Peer(this.#wire, this.#connection, { url: this.url, protocol: "" });
    this.#wire.fault(this.#connection, `/${name}?${new URLSearchParams(parameters)}`, peer);
    return peer;
  }

  /** Answers with an HTTP status instead. */
  refuse(status, { headers, body = "" } = {}) {
    if (!Number.isInteger(status)) throw new TypeError("status must be an integer.");
    this.#wire.refuse(this.#connection, status, flat(headers), bytesOf(body) ?? new TextEncoder().encode(`${body}`));
  }
}

/** The server side of a connection. */
export class Peer {
  #wire;
  #connection;
  #inbox;
  #readers = [];
  /** The last assertion: each waits for the one before. */
  #asserting = Promise.resolve();
  #closeInfo;
  #close;

  /** Called with each message, unless it is read by iteration. */
  onmessage = null;
  /** Called with `{ code, reason, wasClean }` at the end. */
  onclose = null;

  constructor(wire, connection, { url, protocol }) {
    this.#wire = wire;
    this.#connection = connection;
    this.url = url;
    this.protocol = protocol;
    this.#inbox = new Inbox((full) => wire.peer("peerHold", connection, full));
    /** Resolves with `{ code, reason, wasClean }` at the end. */
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** Bytes that are not in the socket buffer yet. */
  get bufferedAmount() {
    return this.#wire.peerBufferedAmount(this.#connection);
  }

  /** Sends a message: a string, or a buffer. */
  send(data) {
    this.#wire.peerSend(this.#connection, typeof data === "string" ? data : required(data, "data must be a string or a buffer."));
  }

  /** Starts the closing handshake. Any code is sent as it is; without one the frame is empty. */
  close(code, reason = "") {
    if (code !== undefined && !(Number.isInteger(code) && code >= 0 && code <= 65535)) {
      throw new TypeError("code must be an integer from 0 to 65535.");
    }
    this.#wire.peer("peerClose", this.#connection, code, `${reason}`);
  }

  /** Ends TCP without a closing handshake. */
  cut() {
    this.#wire.peer("peerCut", this.#connection);
  }

  /** Resets TCP: what has not arrived is lost. */
  reset() {
    this.#wire.peer("peerReset", this.#connection);
  }

  /** Sends nothing more, not even answers to pings and Close frames. What arrives is still received. */
  silence() {
    this.#wire.peer("peerSilence", this.#connection);
  }

  /** Reads so many bytes a second. */
  slow(bytesPerSecond) {
    if (!(bytesPerSecond > 0)) throw new TypeError("bytesPerSecond must be a number above 0.");
    this.#wire.peer("peerRead", this.#connection, bytesPerSecond);
  }

  /** Reads nothing more: buffers fill, and the client's `bufferedAmount` grows. */
  stopReading() {
    this.#wire.peer("peerRead", this.#connection, -1);
  }

  /** Reads again, as fast as bytes arrive. */
  resumeReading() {
    this.#wire.peer("peerRead", this.#connection, 0);
  }

  /** Breaks the protocol, as the fault server does at `/violate?how=…`. */
  violate(how) {
    this.#wire.peer("peerViolate", this.#connection, `${how}`);
  }

  /** Writes bytes to the connection as they are, whether they are a frame or not. */
  write(bytes) {
    this.#wire.peer("peerWrite", this.#connection, required(bytes, "bytes must be a buffer."));
  }

  /** Reads messages in order, until the connection ends. */
  async *[Symbol.asyncIterator]() {
    for (;;) {
      const { done, value } = await this.#next();
      if (done) return;
      yield value;
    }
  }

  #next() {
    const value = this.#inbox.read();
    if (value !== undefined) return { value };
    if (this.#closeInfo) return { done: true };
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Receives an event of the engine. */
  static receive(peer, event) {
    if (event.type === "peerMessage") peer.#message(event.data);
    if (event.type === "peerClosed") peer.#end(event);
  }

  /** The messages received, and the next one that no assertion has seen: `undefined` if none comes in so many milliseconds. */
  get [RECEIVED]() {
    return {
      messages: this.#inbox.messages,
      forgotten: this.#inbox.forgotten,
      next: (timeout) => {
        const next = this.#asserting.then(() => this.#nextAsserted(timeout));
        this.#asserting = next.catch(() => {});
        return next;
      },
    };
  }

  async #nextAsserted(timeout) {
    await this.#wire.pass(timeout, () => this.#inbox.hasNext, () => this.#inbox.arrival());
    return this.#inbox.hasNext ? this.#inbox.next() : undefined;
  }

  #message(data) {
    this.#inbox.remember(data);
    const reader = this.#readers.shift();
    if (reader) reader({ value: data });
    else if (this.onmessage) this.onmessage(data);
    else this.#inbox.store(data);
  }

  #end({ code, reason, wasClean }) {
    this.#closeInfo = { code, reason, wasClean };
    for (const reader of this.#readers.splice(0)) reader({ done: true });
    this.#close(this.#closeInfo);
    this.onclose?.(this.#closeInfo);
  }
}
