// What a peer received: the messages that nobody has read, and the last ones, for assertions.

import { utf8Length } from "../../src/js/convert.js";

/** With so much unread, a peer stops reading from the connection: `Inbox` in src/network/peer.rs. */
const UNREAD = { messages: 65_536, bytes: 16 * 1024 * 1024 };
/** So much is remembered for assertions. */
const REMEMBERED = { messages: 10_000, bytes: 4 * 1024 * 1024 };

const sizeOf = (data) => (typeof data === "string" ? utf8Length(data) : data.length);

/** A queue that knows its size. */
class Messages {
  list = [];
  #limit;
  #bytes = 0;

  constructor(limit) {
    this.#limit = limit;
  }

  get full() {
    return this.list.length >= this.#limit.messages || this.#bytes >= this.#limit.bytes;
  }

  push(data) {
    this.list.push(data);
    this.#bytes += sizeOf(data);
  }

  shift() {
    const data = this.list.shift();
    this.#bytes -= sizeOf(data);
    return data;
  }
}

export class Inbox {
  #unread = new Messages(UNREAD);
  #remembered = new Messages(REMEMBERED);
  #full = false;
  #hold;
  /** How many were received, and how many of them assertions have seen. */
  #count = 0;
  #seen = 0;
  /** The promise of the next arrival, once somebody waits for it. */
  #arrival;
  #arrived;

  /** `hold` is called with true when the inbox becomes full, and with false when it has room again. */
  constructor(hold) {
    this.#hold = hold;
  }

  /** Remembers a message for assertions. */
  remember(data) {
    while (this.#remembered.full) this.#remembered.shift();
    this.#remembered.push(data);
    this.#count++;
    this.#arrived?.();
    this.#arrival = this.#arrived = undefined;
  }

  /** Stores a message that nobody reads yet. */
  store(data) {
    this.#unread.push(data);
    this.#check();
  }

  /** Returns the oldest unread message; `undefined` if there is none. */
  read() {
    if (!this.#unread.list.length) return undefined;
    const data = this.#unread.shift();
    this.#check();
    return data;
  }

  #check() {
    const { full } = this.#unread;
    if (full === this.#full) return;
    this.#full = full;
    this.#hold(full);
  }

  /** The messages remembered, oldest first. */
  get messages() {
    return [...this.#remembered.list];
  }

  /** How many older ones are forgotten. */
  get forgotten() {
    return this.#count - this.#remembered.list.length;
  }

  /** Whether there is a message that assertions have not seen. */
  get hasNext() {
    return this.#count > this.#seen;
  }

  /** Returns the oldest message that assertions have not seen. */
  next() {
    this.#seen = Math.max(this.#seen, this.forgotten);
    return this.#remembered.list[this.#seen++ - this.forgotten];
  }

  /** Resolves when a message arrives. */
  arrival() {
    this.#arrival ??= new Promise((resolve) => {
      this.#arrived = resolve;
    });
    return this.#arrival;
  }
}
