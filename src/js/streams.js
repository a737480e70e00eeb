// The streams of a steady socket.

import { receivedLength } from "./convert.js";
import { exception } from "./exceptions.js";
import { LOSSES } from "./numbers.js";
import { Queue } from "./queue.js";

/** Pages may not send 1009, "message too big": this is the private code that resembles it. */
const TOO_MUCH = 4009;
/** `inbound.overflow`, as `options.js` encodes it. */
const CLOSE_WHEN_FULL = 0;
const DROP_OLDEST = 1;

/**
 * Creates `readable`. Messages not read yet are limited, because nothing can slow the server down. `collect` adds a message,
 * and returns how many it dropped; `finish` ends the stream.
 */
export function readable(steady) {
  let queue = new Queue();
  let bytes = 0;
  let wanted = false;
  let end;
  let controller;

  const take = () => {
    const data = queue.shift();
    bytes -= receivedLength(data);
    return data;
  };
  const give = () => {
    if (queue.length) controller.enqueue(take());
    else if (end) end();
    else return;
    wanted = false;
  };
  const stop = (how) => {
    end ??= how;
    if (wanted || !queue.length) give();
  };
  const fail = (name, text) => stop(() => controller.error(exception(name, text)));
  const stream = new ReadableStream({
    start(made) {
      controller = made;
    },
    pull() {
      wanted = true;
      give();
    },
    cancel() {
      end = () => {};
      queue = new Queue();
      steady.close(undefined);
    },
  }, { highWaterMark: 0 });
  return {
    stream,
    collect(data, size) {
      let dropped = 0;
      if (end) return dropped;
      const [maxBytes, maxCount, overflow] = steady.inbound;
      const full = () => bytes + size > maxBytes || queue.length >= maxCount;
      // A message that can never fit does not displace others.
      if (overflow === DROP_OLDEST && size <= maxBytes) for (; queue.length && full(); dropped++) take();
      if (full()) {
        if (overflow === CLOSE_WHEN_FULL) {
          // After the listeners have received this message.
          steady.defer(() => steady.close(undefined, TOO_MUCH, "too much was not read"));
          fail("QuotaExceededError", "Too much was not read.");
        }
        return dropped + 1;
      }
      queue.push(data);
      bytes += size;
      if (wanted) give();
      return dropped;
    },
    finish({ code, wasClean }) {
      if (wasClean) stop(() => controller.close());
      else fail("NetworkError", `The connection ended with ${code}.`);
    },
  };
}

/** Creates `writable`. Its back-pressure is that of the socket. */
export function writable(steady) {
  const consumer = { reported: steady.query(LOSSES) };
  return new WritableStream({
    async write(chunk) {
      steady.send(undefined, chunk);
      await steady.ready();
    },
    async close() {
      let loss;
      // A flush fails with the first lost message; the others may still be handed over.
      for (let flushed; !flushed; ) {
        try {
          await steady.flush(consumer);
          flushed = true;
        } catch (cause) {
          loss ??= cause;
        }
      }
      steady.close();
      if (loss) throw loss;
    },
    abort() {
      steady.terminate();
    },
  });
}
