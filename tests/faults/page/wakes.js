// Records the page's wake events, and whether a native socket was created before a timer of 100 ms set at that time
// fired. That is an order, and holds on a slow machine too.

const LIMIT = 100;

/** Every waking, and every loss. */
export const wakes = [];

/** Calls back with a new waking, which is given what becomes of it. */
export function note(type, made) {
  const before = made();
  const wake = { type, at: performance.now() };
  wakes.push(wake);
  setTimeout(() => {
    wake.prompt = made() > before;
  }, LIMIT);
}

/** Listens before anybody else does. */
export function listen(made) {
  const on = (target, type, is = () => true) => target.addEventListener(type, (event) => is(event) && note(type, made));
  on(globalThis, "online");
  on(document, "visibilitychange", () => !document.hidden);
  on(document, "resume");
  on(globalThis, "pageshow", ({ persisted }) => persisted);
}
