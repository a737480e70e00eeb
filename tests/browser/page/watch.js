// Counts the listeners on the page, from before the package is loaded.

/** How many there are now of each type. */
export const listeners = new Map();

const { prototype } = EventTarget;
for (const [method, by] of [["addEventListener", 1], ["removeEventListener", -1]]) {
  const own = prototype[method];
  prototype[method] = function (...args) {
    const page = this === undefined || this === globalThis || this === globalThis.document;
    if (page) listeners.set(args[0], (listeners.get(args[0]) ?? 0) + by);
    return own.apply(this, args);
  };
}
