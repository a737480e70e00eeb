// `lastFailure`: the core's diagnosis, and what only the page knows.

import { CONNECTIONS } from "./numbers.js";
import { CAUSES, PHASES } from "./words.js";

/** The last addresses, without queries, that this page has connected to. */
const remembered = new Set();
const MOST_REMEMBERED = 100;

const withoutQuery = (href) => href.split("?", 1)[0];

/** Remembers that a connection was established. */
export function rememberAddress(href) {
  remembered.delete(withoutQuery(href));
  remembered.add(withoutQuery(href));
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.values().next().value);
}

/** Returns the value of `lastFailure`. */
export const failure = (steady, phase, closeInfo, took, cause) => ({
  attempt: steady.attempt,
  phase: PHASES[phase],
  took,
  online: globalThis.navigator?.onLine !== false,
  everOpened: steady.query(CONNECTIONS) > 0,
  workedBefore: remembered.has(withoutQuery(steady.url)),
  error: steady.thrown,
  ...closeInfo,
  cause: CAUSES[cause],
});
