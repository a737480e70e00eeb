// The pending promises of `ready()` and `flushed()`.

import { notHandedOver } from "./exceptions.js";
import { LOST_SINCE, NEXT_TICKET } from "./numbers.js";

export class Promises {
  #list = [];

  get some() {
    return this.#list.length > 0;
  }

  /** Returns a promise about the messages below the ticket `before`. */
  wait(before = 0) {
    return new Promise((resolve, reject) => this.#list.push({ before, resolve, reject }));
  }

  /** Resolves the promises that are about no message from the ticket `before` on. */
  resolve(before = Infinity) {
    this.#list = this.#list.filter((one) => one.before > before || one.resolve());
  }

  /** Rejects the promises about the message with this ticket, or all. */
  reject(error, ticket = -1) {
    this.#list = this.#list.filter((one) => one.before <= ticket || one.reject(error(one)));
  }
}

export class FlushPromises extends Promises {
  /**
   * Returns a promise about all messages accepted so far. `query` and `startFlush` call the core; `consumer.reported` is
   * the ticket up to which earlier flushes of this consumer have reported losses.
   */
  begin(consumer, query, startFlush) {
    const loss = query(LOST_SINCE, consumer.reported);
    const before = query(NEXT_TICKET, 0);
    consumer.reported = before;
    if (loss >= 0) return Promise.reject(notHandedOver(Math.floor(loss / 8), loss % 8));
    const flushed = this.wait(before);
    startFlush();
    return flushed;
  }
}
