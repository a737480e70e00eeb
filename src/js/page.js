// The page under the sockets: one set of listeners for all of them, gone with the last one.

import { AWAKE, FROZEN, OFFLINE, ONLINE, SHOWN, STOWED } from "./verbs.js";

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
const hear = (event) => {
  for (const [target, type, read] of told) {
    if (event.type !== type || event.currentTarget !== target) continue;
    const what = read(event);
    // Copied: whoever is told may open or end sockets.
    if (what) for (const one of [...audience]) one.page(what);
  }
};

export function join(one) {
  if (!audience.size) for (const [target, type] of told) target.addEventListener(type, hear);
  audience.add(one);
  if (globalThis.navigator?.onLine === false) one.page(OFFLINE);
}

export function leave(one) {
  if (!audience.delete(one) || audience.size) return;
  for (const [target, type] of told) target.removeEventListener(type, hear);
}

/** The machine has slept. */
export function awake() {
  for (const one of [...audience]) one.page(AWAKE);
}
