// A socket as a pair of streams. Each is made when it is first asked for.

import { receivedLength } from "./convert.js";
import { exception } from "./exceptions.js";
import { NEXT_TICKET } from "./numbers.js";

/** Message Too Big is 1009, but a page may only send 1000 and 3000 to 4999: this is the private code that reads like it. */
const TOO_MUCH = 4009;
/** What gives way when one more does not fit: `options.js` has the words. */
const CLOSE_WHEN_FULL = 0;
const DROP_OLDEST = 1;

/**
 * What arrived and was not read yet: nothing can hold a server back, so it is bounded. `collect` takes a message, and
 * answers how many it dropped; `finish` takes how the socket ended.
 */
export function readable(steady, [maxBytes, maxCount, overflow]) {
  let queue = [];
  /** Where the oldest is: taking from an array's front would move all the others. */
  let head = 0;
  let bytes = 0;
  let wanted = false;
  let end;
  let controller;

  const take = () => {
    const data = queue[head];
    queue[head++] = undefined;
    if (head * 2 > queue.length) {
      queue = queue.slice(head);
      head = 0;
    }
    bytes -= receivedLength(data);
    return data;
  };
  const full = (size) => bytes + size > maxBytes || queue.length - head >= maxCount;
  const give = () => {
    if (head < queue.length) controller.enqueue(take());
    else if (end) end();
    else return;
    wanted = false;
  };
  const stop = (how) => {
    end ??= how;
    if (wanted || head === queue.length) give();
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
      queue = [];
      head = 0;
      steady.close(undefined);
    },
  }, { highWaterMark: 0 });
  return {
    stream,
    collect(data, size) {
      let dropped = 0;
      if (end) return dropped;
      // What alone is too much makes nothing else give way.
      if (overflow === DROP_OLDEST && size <= maxBytes) for (; head < queue.length && full(size); dropped++) take();
      if (full(size)) {
        if (overflow === CLOSE_WHEN_FULL) {
          // The listeners are still to hear this message.
          steady.later(() => steady.close(undefined, TOO_MUCH, "too much was not read"));
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

/** Write-side pressure is the socket's own. */
export function writable(steady) {
  const consumer = { reported: steady.learn(NEXT_TICKET) };
  return new WritableStream({
    async write(chunk) {
      steady.send(undefined, chunk);
      await steady.ready();
    },
    async close() {
      let loss;
      // A flush fails as soon as one is lost. The others still have their chance.
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
