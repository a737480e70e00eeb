// Messages without an outcome yet, and the promises that wait for them.

import { closedError, exception, notHandedOver } from "../../src/js/exceptions.js";
import { FlushPromises, Promises } from "../../src/js/waiting.js";
import { FATES } from "../../src/js/words.js";

const notDelivered = (ticket, reason) =>
  Object.assign(exception("NetworkError", `Message ${ticket} was not delivered: ${reason}.`), { ticket, reason });

/** The pending flushes. The steady core's tickets are translated by `outer`; `earlier` counts the losses before its own. */
export class Flushes extends FlushPromises {
  #outer;
  #earlier;

  constructor(outer, earlier) {
    super();
    this.#outer = outer;
    this.#earlier = earlier;
  }

  resolve(before = Infinity) {
    super.resolve(this.#outer(before));
  }

  fail(error, number, inner) {
    const ticket = this.#outer(inner);
    const translated = inner === ticket ? error : () => notHandedOver(ticket, FATES.indexOf(error().reason));
    super.fail(translated, this.#earlier() + number, ticket);
  }
}

export class Outgoing {
  /** Messages by their number in the session, from that of the first; `undefined` for what has an outcome. */
  #messages = [];
  #first = 0;
  /** The index of the oldest message, and how many there are. */
  #head = 0;
  size = 0;
  /** The newest message with each key. */
  #keys = new Map();
  /** Their size. */
  bytes = 0;
  /** The ticket of the next message: its number in the socket. */
  ticket = 0;
  /** How many messages were lost. */
  losses = 0;
  /** The last of them, with the reason. */
  lost = {};
  #flushes;
  #waiting = new Promises();
  #pressed = false;
  #high;
  #low;

  constructor(high, low, flushes) {
    this.#high = high;
    this.#low = low;
    this.#flushes = flushes;
  }

  get(number) {
    return this.#messages[number - this.#first];
  }

  has(message) {
    return this.get(message.number) === message;
  }

  /** Returns the unsent message with this key. */
  withKey(key) {
    const message = this.#keys.get(key);
    return message && !message.sent && this.has(message) ? message : undefined;
  }

  /** Iterates over the unsent messages, oldest first. */
  *unsent() {
    // By number, because messages may be removed meanwhile.
    for (let number = this.#first + this.#head; number < this.#first + this.#messages.length; number++) {
      const message = this.get(number);
      if (message && !message.sent) yield message;
    }
  }

  add(message) {
    if (!this.size) this.#first = message.number;
    this.#messages.push(message);
    this.size++;
    this.bytes += message.bytes;
    const key = message.rules?.key;
    if (key !== undefined) this.#keys.set(key, message);
  }

  remove(message) {
    if (!this.has(message)) return;
    const messages = this.#messages;
    messages[message.number - this.#first] = undefined;
    this.size--;
    this.bytes -= message.bytes;
    const key = message.rules?.key;
    if (this.#keys.get(key) === message) this.#keys.delete(key);
    while (this.#head < messages.length && !messages[this.#head]) this.#head++;
    // `shift` would move all the others each time.
    if (this.#head * 2 < messages.length) return;
    messages.splice(0, this.#head);
    this.#first += this.#head;
    this.#head = 0;
  }

  /** Removes and returns all messages. */
  removeAll() {
    const messages = this.#messages.filter(Boolean);
    this.#messages = [];
    this.#head = this.size = 0;
    this.#keys.clear();
    this.bytes = 0;
    return messages;
  }

  /** Records a loss, and rejects current and later flushes that include the message. */
  lose(ticket, reason) {
    this.losses++;
    this.lost = { ticket, reason };
    this.#flushes.fail(() => notDelivered(ticket, reason), this.losses, ticket);
  }

  /** Resolves when all messages so far are delivered. Rejects if one is lost, or was lost since the last call. */
  flushed(consumer) {
    if (this.losses > consumer.reported) {
      consumer.reported = this.losses;
      return Promise.reject(notDelivered(this.lost.ticket, this.lost.reason));
    }
    if (!this.size) return Promise.resolve();
    return this.#flushes.wait(this.ticket, consumer);
  }

  /** Settles pending `ready()` calls like `promise`, after the messages moved to the steady core. */
  forward(promise) {
    const waiting = this.#waiting;
    this.#waiting = new Promises();
    this.#pressed = false;
    promise.then(
      () => waiting.resolve(),
      (cause) => waiting.reject(() => cause),
    );
  }

  ready() {
    return this.#pressed ? this.#waiting.wait() : Promise.resolve();
  }

  get pressed() {
    return this.#pressed;
  }

  /** Updates the pressure for the messages' total cost. Returns whether it just fell to the low-water mark. */
  press(cost) {
    if (cost > this.#high) this.#pressed = true;
    if (!this.#pressed || cost > this.#low) return false;
    this.#pressed = false;
    this.#waiting.resolve();
    return true;
  }

  /** Resolves the flushes whose messages are all delivered. */
  settle() {
    if (!this.#flushes.some) return;
    this.#flushes.resolve(this.#messages[this.#head]?.ticket);
  }

  /** Rejects pending `ready()` calls because the socket is closing. */
  end() {
    this.#waiting.reject(closedError);
  }
}
