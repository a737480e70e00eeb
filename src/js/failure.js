// How an attempt failed: the core's diagnosis, and what only the page knows.

import { CONNECTIONS } from "./numbers.js";
import { CAUSES, PHASES } from "./words.js";

/** Where connections were established from this page: addresses without their queries. The oldest gives way. */
const worked = new Set();
const REMEMBERED = 100;

const place = (href) => href.split("?", 1)[0];

/** A connection was established. */
export function works(href) {
  worked.delete(place(href));
  worked.add(place(href));
  if (worked.size > REMEMBERED) worked.delete(worked.values().next().value);
}

/** What `lastFailure` tells. */
export const failure = (steady, phase, closure, took, cause) => ({
  attempt: steady.attempt,
  phase: PHASES[phase],
  took,
  online: globalThis.navigator?.onLine !== false,
  everOpened: steady.learn(CONNECTIONS) > 0,
  workedBefore: worked.has(place(steady.url)),
  error: steady.thrown,
  ...closure,
  cause: CAUSES[cause],
});
