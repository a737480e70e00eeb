// The promises of `ready()` and `flushed()`.

import { lost } from "./exceptions.js";
import { LOST_SINCE, NEXT_TICKET } from "./numbers.js";

export class Waiting {
  #list = [];

  get some() {
    return this.#list.length > 0;
  }

  /** A promise; `before`: it is about the messages below this ticket. */
  wait(before = 0) {
    return new Promise((resolve, reject) => this.#list.push({ before, resolve, reject }));
  }

  /** Resolves the promises that are about no message from this ticket on. */
  resolve(before = Infinity) {
    this.#list = this.#list.filter((one) => one.before > before || one.resolve());
  }

  /** Rejects the promises that are about this message, or all. */
  reject(error, ticket = -1) {
    this.#list = this.#list.filter((one) => one.before <= ticket || one.reject(error(one)));
  }
}

export class Flushes extends Waiting {
  /**
   * A promise for all messages accepted so far. `learn` asks the core a question, `watch` has it watch;
   * `consumer.reported` is the ticket up to which the earlier flushes of this consumer have reported.
   */
  begin(consumer, learn, watch) {
    const loss = learn(LOST_SINCE, consumer.reported);
    const before = learn(NEXT_TICKET, 0);
    consumer.reported = before;
    if (loss >= 0) return Promise.reject(lost(Math.floor(loss / 8), loss % 8));
    const flushed = this.wait(before);
    watch();
    return flushed;
  }
}
