// The application's own functions: when a connection may be used, what a heartbeat is, whether to try again.

import { message, size } from "./convert.js";
import { keep } from "./core.js";
import { report } from "./events.js";
import { ASIDE, DECIDE, DECISION_AGAIN, DECISION_STOP, DECISION_USUAL, GATE } from "./numbers.js";

/** Has a message sent past the queue, on this connection or not at all. */
function aside(attempt, data) {
  const payload = message(data);
  return [ASIDE, size, keep(payload), attempt];
}

/** Runs `beforeFlush`; when it is done messages may flow. */
export function gate(steady, attempt) {
  const { beforeFlush } = steady.fields;
  const send = (data) => void steady.do(...aside(attempt, data));
  steady.ask(
    (init) => beforeFlush({ send, socket: steady.socket, attempt, ...init }),
    () => steady.react(GATE, attempt, 1),
    (cause) => {
      report(cause);
      steady.react(GATE, attempt, 0);
    },
  );
}

/** Sends a heartbeat. */
export function ping(steady, attempt) {
  const asked = steady.fields["heartbeat.message"] ?? "";
  steady.later(() => steady.act(...aside(attempt, typeof asked === "function" ? asked() : asked)));
}

/** Whether a message answers a heartbeat. */
export function isReply({ fields }, data) {
  try {
    return fields["heartbeat.isReply"]?.(data) === true;
  } catch (cause) {
    report(cause);
    return false;
  }
}

/** Runs `retry` on how a connection ended. */
export function ask(steady, attempt, closure) {
  const { retry } = steady.fields;
  const decide = (answer) => steady.react(DECIDE, attempt, answer);
  steady.ask(
    (init) => retry(closure, init),
    (answer) => {
      if (typeof answer === "boolean") decide(answer ? DECISION_AGAIN : DECISION_STOP);
      else decide(typeof answer === "number" && answer >= 0 ? answer : DECISION_USUAL);
    },
    (cause) => {
      report(cause);
      decide(DECISION_USUAL);
    },
  );
}
