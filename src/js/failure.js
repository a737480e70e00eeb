// How an attempt failed: the core's diagnosis, and what only the page knows.

/** In the order of `diagnosis.rs`. */
const PHASES = ["connecting", "gate", "open", "closing"];
const CAUSES = [
  "handshake",
  "timeout",
  "offline",
  "cut",
  "server",
  "provider",
  "forbidden",
  "gate",
  "stowed",
  "page",
];

/** Where connections were established from this page: addresses without their queries. The oldest gives way. */
const worked = new Set();
const REMEMBERED = 100;

const place = (href) => href.split("?", 1)[0];

export class Diagnosis {
  last = null;
  /** What was thrown where a connection should have been begun. */
  thrown;
  attempt = 0;

  dialing(attempt) {
    this.attempt = attempt;
    this.thrown = undefined;
  }

  opened(href) {
    worked.delete(place(href));
    worked.add(place(href));
    if (worked.size > REMEMBERED) worked.delete(worked.values().next().value);
  }

  failed(href, phase, closure, took, cause, everOpened) {
    this.last = {
      attempt: this.attempt,
      phase: PHASES[phase],
      took,
      online: globalThis.navigator?.onLine !== false,
      everOpened,
      workedBefore: worked.has(place(href)),
      error: this.thrown,
      ...closure,
      cause: CAUSES[cause],
    };
  }
}
