// What is thrown, and what a refusal of the core's becomes.

import {
  REFUSED_CLOSE_CODE,
  REFUSED_ENDED,
  REFUSED_NO_LIFETIME,
  REFUSED_QUEUE_BYTES,
  REFUSED_QUEUE_COUNT,
  REFUSED_REASON_TOO_LONG,
  REFUSED_STILL_CONNECTING,
  REFUSED_TOO_LARGE,
} from "./numbers.js";
import { FATES } from "./words.js";

const { DOMException } = globalThis;

export const exception = (name, text) => new DOMException(text, name);

/** The exception a negative answer stands for; `extra` is what it speaks of. */
export function refusal(answer, extra) {
  switch (answer) {
    case REFUSED_STILL_CONNECTING:
      return exception("InvalidStateError", "Still in CONNECTING state.");
    case REFUSED_CLOSE_CODE:
      return exception("InvalidAccessError", `The close code must be 1000, or from 3000 to 4999; ${extra} is neither.`);
    case REFUSED_REASON_TOO_LONG:
      return exception("SyntaxError", "The close reason must not be longer than 123 bytes.");
    case REFUSED_QUEUE_BYTES:
      return exception("QuotaExceededError", "The queue is full: queue.maxBytes.");
    case REFUSED_QUEUE_COUNT:
      return exception("QuotaExceededError", "The queue is full: queue.maxCount.");
    case REFUSED_TOO_LARGE:
      return exception("QuotaExceededError", "The message is larger than queue.maxBytes.");
    case REFUSED_NO_LIFETIME:
      return new TypeError("ttl must not be 0.");
    default:
      return exception("InvalidStateError", "The socket is closed.");
  }
}

/** What a flush reports of a message that was not handed over. */
export function lost(ticket, why) {
  const reason = FATES[why];
  return Object.assign(exception("NetworkError", `Message ${ticket} was not handed over: ${reason}.`), { ticket, reason });
}

/** The promise of something that will not happen any more. */
export const over = () => refusal(REFUSED_ENDED);
