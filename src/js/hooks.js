// The application's own functions: when a connection may be used, what a heartbeat is, whether to try again.

import { message, size } from "./convert.js";
import { keep } from "./core.js";
import { refusal } from "./exceptions.js";
import { ASIDE, DECIDE, GATE } from "./verbs.js";

const STOP = -1;
const USUAL = -2;
const AGAIN = -3;

/** Sends past the queue, on this connection or not at all. */
function aside(steady, attempt, data) {
  const payload = message(data);
  return steady.act(ASIDE, size, keep(payload), attempt);
}

/** Runs `beforeFlush`; whether messages may flow. */
export async function gate(steady, attempt) {
  await undefined;
  const send = (data) => {
    const answer = aside(steady, attempt, data);
    if (answer < 0) throw refusal(answer);
  };
  let open = true;
  try {
    await steady.fields.beforeFlush.call(undefined, { send, socket: steady.socket, attempt });
  } catch (cause) {
    reportError(cause);
    open = false;
  }
  steady.act(GATE, attempt, +open);
}

export function ping(steady, attempt) {
  const asked = steady.fields["heartbeat.message"] ?? "";
  try {
    aside(steady, attempt, typeof asked === "function" ? asked() : asked);
  } catch (cause) {
    reportError(cause);
  }
}

/** Whether a message answers a heartbeat. */
export function isReply({ fields }, data) {
  try {
    return fields["heartbeat.isReply"]?.(data) === true;
  } catch (cause) {
    reportError(cause);
    return false;
  }
}

/** Runs `retry` on how a connection ended. */
export async function ask(steady, attempt, closure) {
  await undefined;
  let answer = USUAL;
  try {
    const said = await steady.fields.retry.call(undefined, closure);
    if (typeof said === "number" && said >= 0) answer = said;
    else if (typeof said === "boolean") answer = said ? AGAIN : STOP;
  } catch (cause) {
    reportError(cause);
  }
  steady.act(DECIDE, attempt, answer);
}
