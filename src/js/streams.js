// A socket as a pair of streams.

import { receivedLength } from "./convert.js";
import { exception } from "./exceptions.js";

/** Message Too Big is 1009, but a page may only send 1000 and 3000 to 4999: this is the private code that reads like it. */
const TOO_MUCH = 4009;
/** What gives way when one more does not fit: `options.js` has the words. */
const CLOSE = 0;
const DROP_OLDEST = 1;

/** What arrived and was not read yet: nothing can hold a server back, so it is bounded. `drop` hears of each one dropped. */
function readable(socket, [maxBytes, maxCount, overflow], drop) {
  let queue = [];
  /** Where the oldest is: taking from an array's front would move all the others. */
  let head = 0;
  let bytes = 0;
  let wanted = false;
  let end;
  let stream;

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
    if (head < queue.length) stream.enqueue(take());
    else if (end) end();
    else return;
    wanted = false;
  };
  const finish = (how) => {
    socket.removeEventListener("message", hear);
    end ??= how;
    if (wanted || head === queue.length) give();
  };
  const fail = (name, text) => finish(() => stream.error(exception(name, text)));
  const hear = ({ data }) => {
    const size = receivedLength(data);
    if (overflow === DROP_OLDEST) for (; head < queue.length && full(size); drop()) take();
    if (full(size)) {
      drop();
      if (overflow === CLOSE) {
        socket.close(TOO_MUCH, "too much was not read");
        fail("QuotaExceededError", "Too much was not read.");
      }
      return;
    }
    queue.push(data);
    bytes += size;
    if (wanted) give();
  };
  return new ReadableStream({
    start(controller) {
      stream = controller;
      socket.addEventListener("message", hear);
      socket.addEventListener("close", ({ code, wasClean }) => {
        if (wasClean) finish(() => stream.close());
        else fail("NetworkError", `The connection ended with ${code}.`);
      }, { once: true });
    },
    pull() {
      wanted = true;
      give();
    },
    cancel() {
      end = () => {};
      socket.removeEventListener("message", hear);
      socket.close();
    },
  }, { highWaterMark: 0 });
}

/** Write-side pressure is the socket's own. */
function writable(socket) {
  return new WritableStream({
    async write(chunk) {
      socket.send(chunk);
      await socket.ready();
    },
    async close() {
      await socket.flushed();
      socket.close();
    },
    abort() {
      socket.terminate();
    },
  });
}

export const streams = (socket, inbound, drop) => ({ readable: readable(socket, inbound, drop), writable: writable(socket) });
