// The platform's own timers and clock, read once: test frameworks replace the globals.

const { clearTimeout, MessageChannel, performance, queueMicrotask, setImmediate, setTimeout } = globalThis;

// They may have replaced them before this module is loaded. @sinonjs/fake-timers, which they use, sets `clock`.
const isFake = (found) => found?.clock !== undefined;

export const clock = {
  now: () => performance.now(),
  wallNow: Date.now.bind(Date),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer),
  queueMicrotask: isFake(queueMicrotask) ? (callback) => Promise.resolve().then(callback) : (callback) => queueMicrotask(callback),
};

/** Resolves in a task of its own, after all microtasks. */
export const task = setImmediate && !isFake(setImmediate) ? () => new Promise((resolve) => setImmediate(resolve)) : channel();

function channel() {
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.onmessage = () => {
    const resolve = waiting.shift();
    // In Node an open port keeps the process alive.
    if (!waiting.length) port1.unref?.();
    resolve();
  };
  port1.unref?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port1.ref?.();
      port2.postMessage(0);
    });
}
