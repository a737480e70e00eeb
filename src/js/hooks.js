// The callbacks among the options: `beforeFlush`, `heartbeat`, `retry`.

import { convertMessage, messageSize } from "./convert.js";
import { report } from "./events.js";
import { refusal } from "./exceptions.js";
import { DECIDE, DECISION_AGAIN, DECISION_STOP, DECISION_USUAL, GATE, SEND_DIRECT } from "./numbers.js";

/** Sends a message on this connection, past the queue. Returns the core's answer. */
function sendDirect(steady, attempt, data) {
  const index = steady.store(convertMessage(data));
  const answer = steady.input(SEND_DIRECT, messageSize, index, attempt);
  // It was handed over meanwhile, or refused.
  steady.release(index);
  return answer;
}

/** Calls `beforeFlush`. When it is done, the flush starts. */
export function runGate(steady, attempt) {
  const { beforeFlush } = steady.fields;
  const send = (data) => {
    const answer = sendDirect(steady, attempt, data);
    if (answer < 0) throw refusal(answer);
  };
  steady.ask(
    (init) => beforeFlush({ send, socket: steady.socket, attempt, ...init }),
    () => steady.inputNow(GATE, attempt, 1),
    (cause) => {
      report(cause);
      steady.inputNow(GATE, attempt, 0);
    },
  );
}

/** Sends a heartbeat. */
export function sendHeartbeat(steady, attempt) {
  const message = steady.fields["heartbeat.message"] ?? "";
  steady.defer(() => sendDirect(steady, attempt, typeof message === "function" ? message() : message));
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

/** Calls `retry` with how a connection ended. */
export function askRetry(steady, attempt, closeInfo) {
  const { retry } = steady.fields;
  const decide = (answer) => steady.inputNow(DECIDE, attempt, answer);
  steady.ask(
    (init) => retry(closeInfo, init),
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
