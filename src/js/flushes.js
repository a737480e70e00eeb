// The promises of `flushed()`: each is about the messages accepted before it was asked for.

import { lost } from "./exceptions.js";

export class Flushes {
  #list = [];

  get some() {
    return this.#list.length > 0;
  }

  /** A promise for the messages below a ticket. */
  wait(before) {
    return new Promise((resolve, reject) => this.#list.push({ before, resolve, reject }));
  }

  /** All messages below this ticket were handed over. */
  done(before) {
    this.#settle((one) => one.before <= before, (one) => one.resolve());
  }

  /** The message with this ticket was not. */
  fail(ticket, why) {
    this.#settle((one) => one.before > ticket, (one) => one.reject(lost(ticket, why)));
  }

  /** The socket is over: the last message that each waits for was not, or not all of it. */
  failRest(why) {
    this.#settle(() => true, (one) => one.reject(lost(one.before - 1, why)));
  }

  #settle(concerns, settle) {
    const list = this.#list;
    this.#list = list.filter((one) => !concerns(one));
    list.filter(concerns).forEach(settle);
  }
}
