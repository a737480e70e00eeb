// Which received messages the application has handled: their listeners have returned, the promises that these returned have
// settled, and who reads a stream has taken them from it.

export class Handling {
  #handled;
  /** Messages that are not handled, or behind one that is not. */
  #pending = [];
  /** Of the messages that wait in a stream, in order, what to call when they are taken. */
  #streamed = [];
  /** The promises that the listeners of the message under way have returned. */
  #promises;
  #delivering = false;
  #wrappers = new WeakMap();
  #originals = new WeakMap();

  /** `handled(number)` is called when every message up to this one is handled. */
  constructor(handled) {
    this.#handled = handled;
  }

  /** Forgets the messages of a session that is over. */
  reset() {
    this.#pending = [];
  }

  /** Wraps a listener, so that its promise is known. */
  wrap(listener) {
    if (Object(listener) !== listener) return listener;
    let wrapper = this.#wrappers.get(listener);
    if (!wrapper) {
      const note = (result) => {
        if (this.#delivering && typeof result?.then === "function") (this.#promises ??= []).push(result);
      };
      wrapper = function (event) {
        note(typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event));
      };
      this.#wrappers.set(listener, wrapper);
      this.#originals.set(wrapper, listener);
    }
    return wrapper;
  }

  /** The listener inside a wrapper. */
  unwrap(wrapper) {
    return this.#originals.get(wrapper) ?? wrapper;
  }

  /** Delivers a message with this number, or one that is not counted, by calling `dispatch`. */
  deliver(number, dispatch, streamed) {
    this.#delivering = true;
    dispatch();
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
      // Another promise, so that a rejection stays unhandled, and is reported.
      Promise.resolve(promise).finally(done);
    }
    done();
  }

  /** The oldest message was taken from the stream. */
  taken() {
    this.#streamed.shift()?.();
  }

  #finish(message) {
    message.waits--;
    let last;
    while (this.#pending[0]?.waits === 0) last = this.#pending.shift().number;
    if (last) this.#handled(last);
  }
}

/** A stream of what is in another, which calls `taken` for each item that is read. */
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
