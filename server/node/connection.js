// A connection, before and during its session. Wraps a socket of `ws`, or any with the same methods.

import { DLE, escaped } from "../../session/js/messages.js";

/** The most unread messages before the open or resume. The connection of a client that sends more is closed. */
const MAX_UNREAD = 64;

/** The most that these may cost together. */
const MAX_UNREAD_SIZE = 1 << 20;

let count = 0;

export class Connection {
  /** Identifies the connection to the machine. */
  number = (count = (count + 1) >>> 0 || 1);
  /** Called with a control frame, with a message, and with the close code. */
  oncontrol;
  onmessage;
  onclose;
  /** Called when it is over, whoever ended it. */
  onleave;
  #socket;
  #open = true;
  #unread = [];
  #unreadSize = 0;
  #readers = [];

  constructor(socket, request) {
    this.#socket = socket;
    this.request = request;
    socket.on("message", (data, isBinary) => this.#open && this.#message(isBinary ? data : `${data}`));
    // A close event follows every error.
    socket.on("error", () => {});
    socket.on("close", (code) => this.#end(code));
  }

  get isOpen() {
    return this.#open;
  }

  /** Sends a message of the application, escaped if necessary. */
  send(data) {
    this.transmit(escaped(data));
  }

  /** Returns the next message before the session. Rejects when the connection ends. */
  receive() {
    if (this.#unread.length) {
      const { data, size } = this.#unread.shift();
      this.#unreadSize -= size;
      return Promise.resolve(data);
    }
    return new Promise((resolve, reject) => {
      if (this.#open) this.#readers.push({ resolve, reject });
      else reject(new Error("The connection has ended."));
    });
  }

  transmit(data) {
    if (this.#open) this.#socket.send(data);
  }

  /** Closes the connection without calling `onclose`, and ignores further events. */
  close(code, reason = "") {
    if (!this.#open) return;
    this.#leave();
    this.#socket.close(code, reason);
  }

  #leave() {
    this.#open = false;
    for (const { reject } of this.#readers.splice(0)) reject(new Error("The connection has ended."));
    this.onleave?.();
  }

  #end(code) {
    if (!this.#open) return;
    this.#leave();
    this.onclose?.(code);
  }

  #message(data) {
    if (typeof data !== "string") return this.#data(data, data.byteLength);
    if (data.charCodeAt(0) !== DLE) return this.#data(data, data.length);
    if (data.charCodeAt(1) === DLE) return this.#data(data.slice(1), data.length - 1);
    this.oncontrol(data);
  }

  #data(data, size) {
    if (this.onmessage) return this.onmessage(data, Math.max(1, size));
    const reader = this.#readers.shift();
    if (reader) return reader.resolve(data);
    this.#unreadSize += size;
    const count = this.#unread.push({ data, size });
    if (count > MAX_UNREAD || this.#unreadSize > MAX_UNREAD_SIZE) this.close(1008, "too much before the session");
  }
}
