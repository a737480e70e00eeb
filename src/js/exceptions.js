// What is thrown, and what a refusal of the core's becomes.

const { DOMException } = globalThis;

export const exception = (name, text) => new DOMException(text, name);

/** The exception a negative answer stands for; `extra` is what it speaks of. */
export function refusal(answer, extra) {
  switch (answer) {
    case -1:
      return exception("InvalidStateError", "Still in CONNECTING state.");
    case -2:
      return exception("InvalidAccessError", `The close code must be 1000, or from 3000 to 4999; ${extra} is neither.`);
    case -3:
      return exception("SyntaxError", "The close reason must not be longer than 123 bytes.");
    case -6:
      return exception("QuotaExceededError", "The queue is full: queue.maxBytes.");
    case -7:
      return exception("QuotaExceededError", "The queue is full: queue.maxCount.");
    case -8:
      return exception("QuotaExceededError", "The message is larger than queue.maxBytes.");
    case -9:
      return new TypeError("ttl must not be 0.");
    default:
      return exception("InvalidStateError", "The socket is closed.");
  }
}

/** By the core's number of a fate. */
export const FATES = [
  "handed-over",
  "overflow",
  "expired",
  "replaced",
  "cancelled",
  "stale-session",
  "closed",
  "in-doubt",
];

/** What a flush reports of a message that was not handed over. */
export function lost(ticket, why) {
  const reason = FATES[why];
  return Object.assign(exception("NetworkError", `Message ${ticket} was not handed over: ${reason}.`), { ticket, reason });
}

/** The promise of something that will not happen any more. */
export const over = () => refusal(-13);
