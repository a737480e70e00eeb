// Tracks which received messages the application has handled: their listeners have returned, the promises that those
// returned have settled, and readers have taken them from the stream.

import { Queue } from "../../src/js/queue.js";

export class Handling {
  #handled;
  /** Messages that are not handled, or that follow one that is not. */
  #pending = new Queue();
  /** Callbacks for the messages in the stream, in order, to call when they are read. */
  #streamed = new Queue();
  /** The promises that listeners returned for the current message. */
  #promises;
  #delivering = false;
  #wrappers = new WeakMap();
  #originals = new WeakMap();

  /** Calls `handled(number)` when all messages up to `number` are handled. */
  constructor(handled) {
    this.#handled = handled;
  }

  /** Discards the messages of a session that is over. */
  reset() {
    this.#pending = new Queue();
  }

  /** Wraps a listener to record the promise it returns. */
  wrap(listener) {
    if (Object(listener) !== listener) return listener;
    let wrapper = this.#wrappers.get(listener);
    if (!wrapper) {
      const record = (result) => {
        if (this.#delivering && typeof result?.then === "function") (this.#promises ??= []).push(result);
      };
      wrapper = function (event) {
        record(typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event));
      };
      this.#wrappers.set(listener, wrapper);
      this.#originals.set(wrapper, listener);
    }
    return wrapper;
  }

  /** Returns the listener of a wrapper. */
  unwrap(wrapper) {
    return this.#originals.get(wrapper) ?? wrapper;
  }

  /** Begins to deliver a message to the listeners. */
  begin() {
    this.#delivering = true;
  }

  /** Ends the delivery. `number` is 0 for a message that does not belong to a session. */
  end(number, streamed) {
    this.#delivering = false;
    const promises = this.#promises;
    this.#promises = undefined;
    if (!promises && !streamed && !this.#pending.length) return number && this.#handled(number);
    const message = { number, waits: 1 };
    if (number) this.#pending.push(message);
    const done = () => this.#finish(message);
    if (streamed) {
      message.waits++;
      this.#streamed.push(done);
    }
    for (const promise of promises ?? []) {
      message.waits++;
      // `finally` derives another promise, so that the browser still reports a rejection.
      Promise.resolve(promise).finally(done);
    }
    done();
  }

  /** Records that the oldest message was read from the stream. */
  taken() {
    this.#streamed.shift()?.();
  }

  #finish(message) {
    message.waits--;
    let last;
    while (this.#pending.first?.waits === 0) last = this.#pending.shift().number;
    if (last) this.#handled(last);
  }
}

/** Returns a stream with the items of another, and calls `taken` for each item read. */
export function watched(stream, taken) {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        controller.enqueue(value);
        taken();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
