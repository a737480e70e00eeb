// The queue of calls into the application: events, callbacks, exceptions. They run in the order of their causes, never
// inside a round of effects or a call that the application makes.

import { platform } from "./core.js";
import { activeSocket } from "./effects.js";
import { report } from "./events.js";

export class Callbacks {
  #queue = [];
  #running = false;

  /** Queues a callback. It runs in a microtask at the latest. */
  defer(callback) {
    if (this.#queue.push(callback) === 1) platform.clock.queueMicrotask(() => this.run());
  }

  /** Calls the platform, whose classes a page may have patched: what they throw is reported later. */
  guard(call) {
    try {
      return call();
    } catch (cause) {
      this.defer(() => {
        throw cause;
      });
    }
  }

  /** The last callback in the queue. */
  get last() {
    return this.#queue.at(-1);
  }

  /** Runs all callbacks in the queue, including those queued meanwhile. */
  run() {
    if (this.#running || activeSocket) return;
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
