// Page events. All steady sockets share one set of listeners, which is removed with the last socket.

import { AWAKE, FROZEN, OFFLINE, ONLINE, SHOWN, STOWED } from "./numbers.js";

/** Undefined in a worker. */
const page = globalThis.document;

const sources = [
  [globalThis, "online", () => ONLINE],
  [globalThis, "offline", () => OFFLINE],
  [globalThis, "pagehide", (event) => event.persisted && STOWED],
  [globalThis, "pageshow", (event) => event.persisted && SHOWN],
  [page, "freeze", () => FROZEN],
  [page, "resume", () => AWAKE],
  // Becoming hidden changes nothing: late timers are detected by themselves.
  [page, "visibilitychange", () => !page.hidden && AWAKE],
].filter(([target]) => target?.addEventListener);

/** The steady sockets that are not closed. */
export const sockets = new Set();

/** Notifies every socket. The set is copied, because a callback may open or close sockets. */
const notify = (what) => [...sockets].forEach((one) => one.inputNow(what));

const onPageEvent = (event) => {
  for (const [target, type, read] of sources) {
    if (event.type !== type || event.currentTarget !== target) continue;
    const what = read(event);
    if (what) notify(what);
  }
};

export function subscribe(one) {
  if (!sockets.size) for (const [target, type] of sources) target.addEventListener(type, onPageEvent);
  sockets.add(one);
  if (globalThis.navigator?.onLine === false) one.inputNow(OFFLINE);
}

export function unsubscribe(one) {
  if (!sockets.delete(one) || sockets.size) return;
  for (const [target, type] of sources) target.removeEventListener(type, onPageEvent);
}

/** Notifies the sockets that the machine has slept. */
export const notifyAwake = () => notify(AWAKE);
