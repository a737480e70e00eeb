// The pending promises of `ready()` and `flushed()`.

import { notHandedOver } from "./exceptions.js";
import { LAST_LOST, LOSSES, NEXT_TICKET } from "./numbers.js";

export class Promises {
  #list = [];

  get some() {
    return this.#list.length > 0;
  }

  /** Returns a promise about the messages below the ticket `before`, for a consumer. */
  wait(before = 0, consumer) {
    return new Promise((resolve, reject) => this.#list.push({ before, consumer, resolve, reject }));
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
   * how many lost messages earlier flushes of this consumer have reported.
   */
  begin(consumer, query, startFlush) {
    const losses = query(LOSSES);
    if (losses > consumer.reported) {
      consumer.reported = losses;
      const lost = query(LAST_LOST);
      return Promise.reject(notHandedOver(Math.floor(lost / 8), lost % 8));
    }
    const flushed = this.wait(query(NEXT_TICKET), consumer);
    startFlush();
    return flushed;
  }

  /** Rejects the promises about the message with this ticket, or all; the message was lost as the `number`th. */
  fail(error, number, ticket) {
    this.reject((one) => {
      // Messages that were lost before this one, but sent after the flush began, are not reported yet.
      if (one.consumer.reported === number - 1) one.consumer.reported = number;
      return error(one);
    }, ticket);
  }
}
