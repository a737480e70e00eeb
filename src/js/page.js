// The page under the sockets: one set of listeners for all of them, gone with the last one.

import { AWAKE, FROZEN, OFFLINE, ONLINE, SHOWN, STOWED } from "./numbers.js";

/** In a worker there is no document, and only what a worker hears is heard. */
const page = globalThis.document;

const told = [
  [globalThis, "online", () => ONLINE],
  [globalThis, "offline", () => OFFLINE],
  [globalThis, "pagehide", (event) => event.persisted && STOWED],
  [globalThis, "pageshow", (event) => event.persisted && SHOWN],
  [page, "freeze", () => FROZEN],
  [page, "resume", () => AWAKE],
  // Going out of sight changes nothing: what matters is how late timers are.
  [page, "visibilitychange", () => !page.hidden && AWAKE],
].filter(([target]) => target?.addEventListener);

/** The steady sockets that are not over. */
export const audience = new Set();

/** Notifies every socket. Copied: a callback may open or end sockets. */
const notify = (what) => [...audience].forEach((one) => one.react(what));

const hear = (event) => {
  for (const [target, type, read] of told) {
    if (event.type !== type || event.currentTarget !== target) continue;
    const what = read(event);
    if (what) notify(what);
  }
};

export function join(one) {
  if (!audience.size) for (const [target, type] of told) target.addEventListener(type, hear);
  audience.add(one);
  if (globalThis.navigator?.onLine === false) one.react(OFFLINE);
}

export function leave(one) {
  if (!audience.delete(one) || audience.size) return;
  for (const [target, type] of told) target.removeEventListener(type, hear);
}

/** The machine has slept. */
export const awake = () => notify(AWAKE);
