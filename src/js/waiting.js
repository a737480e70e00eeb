// The promises of `ready()` and `flushed()`.

import { over } from "./exceptions.js";

export class Waiting {
  #list = [];

  get some() {
    return this.#list.length > 0;
  }

  /** A promise kept when `what` has happened. */
  wait(what) {
    return new Promise((resolve, reject) => {
      this.#list.push({ what, resolve, reject: () => reject(over()) });
    });
  }

  /** Keeps the promises that waited for any of `done`, which are bits; for none, breaks them all. */
  settle(done) {
    this.#list = this.#list.filter((one) => {
      if (done && !(one.what & done)) return true;
      done ? one.resolve() : one.reject();
    });
  }
}
