// The messages that were accepted and have no fate yet, and what their senders wait for.

import { closedError, exception } from "../../src/js/exceptions.js";
import { Promises } from "../../src/js/waiting.js";

const notDelivered = (ticket, reason) =>
  Object.assign(exception("NetworkError", `Message ${ticket} was not delivered: ${reason}.`), { ticket, reason });

export class Outgoing {
  /** By their numbers within the session. */
  #messages = new Map();
  /** The last message with each key. */
  #keys = new Map();
  /** The number of the next message within the socket. */
  ticket = 0;
  /** The last that was lost, and why. */
  #lost = { ticket: -1 };
  #flushes = new Promises();
  #waiting = new Promises();
  #pressed = false;
  #high;
  #low;

  constructor(high, low) {
    this.#high = high;
    this.#low = low;
  }

  get size() {
    return this.#messages.size;
  }

  get(number) {
    return this.#messages.get(number);
  }

  has(message) {
    return this.#messages.get(message.number) === message;
  }

  /** The message that was never sent and has this key. */
  withKey(key) {
    const message = this.#keys.get(key);
    return message && !message.sent && this.has(message) ? message : undefined;
  }

  /** The messages that were never sent, the oldest first. */
  *unsent() {
    for (const message of this.#messages.values()) if (!message.sent) yield message;
  }

  add(message) {
    this.#messages.set(message.number, message);
    if (message.key !== undefined) this.#keys.set(message.key, message);
  }

  remove(message) {
    this.#messages.delete(message.number);
    if (this.#keys.get(message.key) === message) this.#keys.delete(message.key);
  }

  /** Removes and returns all messages, which go elsewhere. */
  removeAll() {
    const messages = [...this.#messages.values()];
    this.#messages.clear();
    this.#keys.clear();
    return messages;
  }

  /** Remembers a loss for those who wait for a flush, now or later. */
  lose(ticket, reason) {
    this.#lost = { ticket, reason };
    this.#flushes.reject(() => notDelivered(ticket, reason), ticket);
  }

  /** Resolves when all messages accepted so far are delivered. Rejects if one is lost, or was since the last call. */
  flushed(consumer) {
    const { ticket, reason } = this.#lost;
    const isNew = ticket >= consumer.reported;
    consumer.reported = this.ticket;
    if (isNew) return Promise.reject(notDelivered(ticket, reason));
    if (!this.#messages.size) return Promise.resolve();
    return this.#flushes.wait(this.ticket);
  }

  get flushing() {
    return this.#flushes.some;
  }

  /** Settles who waits for a flush as `promise` does: the messages went elsewhere. */
  forward(promise) {
    promise.then(
      () => this.#flushes.resolve(),
      (cause) => this.#flushes.reject(() => cause),
    );
  }

  ready() {
    return this.#pressed ? this.#waiting.wait() : Promise.resolve();
  }

  get pressed() {
    return this.#pressed;
  }

  /** The messages cost so much. Returns whether that has fallen to the low-water mark. */
  press(cost) {
    if (cost > this.#high) this.#pressed = true;
    if (!this.#pressed || cost > this.#low) return false;
    this.#pressed = false;
    this.#waiting.resolve();
    return true;
  }

  /** Everything before the oldest message that is left is delivered. */
  settle() {
    if (!this.#flushes.some) return;
    const [oldest] = this.#messages.values();
    this.#flushes.resolve(oldest?.ticket);
  }

  /** The socket is closing. */
  end() {
    this.#waiting.reject(closedError);
  }
}
