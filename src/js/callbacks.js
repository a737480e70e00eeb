// Calls into the application: events, its own functions, its errors. They are queued in the order of their causes, and
// none runs inside a round of effects or inside a call that the application makes.

import { acting } from "./effects.js";
import { report } from "./events.js";

export class Callbacks {
  #queue = [];
  #running = false;

  /** Queues a callback, which runs in a microtask at the latest. */
  later(callback) {
    if (this.#queue.push(callback) === 1) queueMicrotask(() => this.run());
  }

  /** The callback that was queued last, if it has not run yet. */
  get last() {
    return this.#queue.at(-1);
  }

  /** Runs all that are queued, also those queued meanwhile. */
  run() {
    if (this.#running || acting) return;
    this.#running = true;
    while (this.#queue.length) {
      try {
        this.#queue.shift()();
      } catch (cause) {
        report(cause);
      }
    }
    this.#running = false;
  }
}
