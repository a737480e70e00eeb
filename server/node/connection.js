// One connection: a socket of `ws`, taken by its structure, before it belongs to a session and afterwards.

import { DLE, escaped } from "../../session/js/messages.js";

/** Messages before the open or resume that nobody has read yet: a client that sends more is closed. */
const MOST_UNREAD = 64;

/** What these may cost together. */
const MOST_UNREAD_SIZE = 1 << 20;

let count = 0;

export class Connection {
  /** What the machine calls it. */
  number = (count = (count + 1) >>> 0 || 1);
  /** Called with a control frame, with a message, when the other end or the network ended it. */
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
    // Its close follows.
    socket.on("error", () => {});
    socket.on("close", (code) => this.#end(code));
  }

  get isOpen() {
    return this.#open;
  }

  /** Sends the application's message, before a session as within one. */
  send(data) {
    this.transmit(escaped(data));
  }

  /** Returns the next message before the session. Rejects at the end of the connection. */
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

  /** Closes it. Nothing of it is heard any more. */
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
    if (count > MOST_UNREAD || this.#unreadSize > MOST_UNREAD_SIZE) this.close(1008, "too much before the session");
  }
}
