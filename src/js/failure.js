// What can be known of a failed attempt or a lost connection: browsers hide most of it from scripts.

import { CLOSE, GATE, RECONNECT, STOWED, TERMINATE } from "./verbs.js";

/** Where connections were established from this page: addresses without their queries. The oldest gives way. */
const worked = new Set();
const REMEMBERED = 100;

const place = (href) => href.split("?", 1)[0];
const CONNECTING = "connecting";

/** What the verb means with which the core gave a connection up. */
const BECAUSE = {
  [CLOSE]: "page",
  [RECONNECT]: "page",
  [TERMINATE]: "page",
  [GATE]: "gate",
  [STOWED]: "stowed",
};

/** Why, in a word; `explain.js` has the sentence. */
function cause({ phase, online, wasClean, error }, refused, failed, verb) {
  if (error) return refused ? "forbidden" : "provider";
  if (BECAUSE[verb]) return BECAUSE[verb];
  if (verb && !failed) return "timeout";
  if (wasClean) return "server";
  if (!online) return "offline";
  return phase === CONNECTING ? "handshake" : "cut";
}

export class Diagnosis {
  last = null;
  /** What was thrown where a connection should have been begun, and whether it was the platform that threw. */
  thrown;
  refused = false;
  attempt = 0;
  #phase;
  #since = 0;
  #everOpened = false;
  /** The verb that ends it, if one of ours does. */
  #verb;
  /** The platform has said `error`; WebKit is slow to say `close` after it, or never does. */
  failed = false;

  enter(phase) {
    this.#phase = phase;
    this.#since = performance.now();
  }

  dialing(attempt) {
    this.attempt = attempt;
    this.#verb = this.thrown = undefined;
    this.refused = this.failed = false;
    this.enter(CONNECTING);
  }

  hangingUp() {
    if (this.#phase === CONNECTING) this.#verb = CLOSE;
    else this.enter("closing");
  }

  opened(href, phase) {
    this.enter(phase);
    this.#everOpened = true;
    worked.delete(place(href));
    worked.add(place(href));
    if (worked.size > REMEMBERED) worked.delete(worked.values().next().value);
  }

  /** The attempt or the connection is over. `verb`: what the core was doing when it gave it up. */
  over(href, closure, verb = this.#verb) {
    // The application wanted it so, and got it.
    if (this.#phase === "closing" && closure.wasClean) return;
    const failure = {
      attempt: this.attempt,
      phase: this.#phase,
      took: performance.now() - this.#since,
      online: globalThis.navigator?.onLine !== false,
      everOpened: this.#everOpened,
      workedBefore: worked.has(place(href)),
      error: this.thrown,
      ...closure,
    };
    this.last = { ...failure, cause: cause(failure, this.refused, this.failed, verb) };
  }
}
