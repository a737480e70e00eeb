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

/** Calls a function in a task of its own, after all microtasks. Browsers delay nested timers; this they do not. */
export const queueTask = setImmediate && !isFake(setImmediate) ? (callback) => void setImmediate(callback) : channel();

/** Resolves in a task of its own, after all microtasks. */
export const task = () => new Promise(queueTask);

function channel() {
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.onmessage = () => {
    const callback = waiting.shift();
    // In Node an open port keeps the process alive.
    if (!waiting.length) port1.unref?.();
    callback();
  };
  port1.unref?.();
  return (callback) => {
    waiting.push(callback);
    port1.ref?.();
    port2.postMessage(0);
  };
}
