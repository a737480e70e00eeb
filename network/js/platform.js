// The platform's own timers and clock, read once: test frameworks replace the globals.

const { clearTimeout, performance, setImmediate, setTimeout } = globalThis;

export const clock = {
  now: () => performance.now(),
  wallNow: Date.now.bind(Date),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** Calls a function in a task of its own, after all microtasks. Browsers delay nested timers; this they do not. */
export const queueTask = setImmediate
  ? (callback) => void setImmediate(callback)
  : (() => {
      const { port1, port2 } = new MessageChannel();
      const waiting = [];
      port1.onmessage = () => waiting.shift()();
      return (callback) => {
        waiting.push(callback);
        port2.postMessage(0);
      };
    })();

/** Resolves in a task of its own, after all microtasks. */
export const task = () => new Promise(queueTask);
