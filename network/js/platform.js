// The platform's own timers and clock, read once: test frameworks replace the globals.

const { clearTimeout, performance, setImmediate, setTimeout } = globalThis;

export const clock = {
  now: () => performance.now(),
  wallNow: Date.now.bind(Date),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** Resolves in a task of its own, after all microtasks. */
export const task = setImmediate
  ? () => new Promise((resolve) => setImmediate(resolve))
  : (() => {
      const { port1, port2 } = new MessageChannel();
      const waiting = [];
      port1.onmessage = () => waiting.shift()();
      return () =>
        new Promise((resolve) => {
          waiting.push(resolve);
          port2.postMessage(0);
        });
    })();
