// Exceptions, also for what the core refuses.

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

/** Throws unless there are enough arguments. */
export const requireArguments = (enough) => {
  if (!enough) throw new TypeError("An argument is missing.");
};

/** Returns the exception for a refusal. `code`: the close code, if it is about one. */
export function refusal(number, code) {
  switch (number) {
    case REFUSED_STILL_CONNECTING:
      return exception("InvalidStateError", "Still in CONNECTING state: wait for open.");
    case REFUSED_CLOSE_CODE:
      return exception("InvalidAccessError", `The close code must be 1000, or from 3000 to 4999; ${code} is neither.`);
    case REFUSED_REASON_TOO_LONG:
      return exception("SyntaxError", "The close reason must not be longer than 123 bytes.");
    case REFUSED_QUEUE_BYTES:
      return exception("QuotaExceededError", "The queue is full: it holds queue.maxBytes bytes.");
    case REFUSED_QUEUE_COUNT:
      return exception("QuotaExceededError", "The queue is full: it holds queue.maxCount messages.");
    case REFUSED_TOO_LARGE:
      return exception("QuotaExceededError", "The message alone is larger than queue.maxBytes.");
    case REFUSED_NO_LIFETIME:
      return new TypeError("ttl must be more than 0 ms.");
    default:
      return exception("InvalidStateError", "The socket is closing or closed.");
  }
}

/** Returns the exception with which a flush fails. */
export function notHandedOver(ticket, why) {
  const reason = FATES[why];
  return Object.assign(exception("NetworkError", `Message ${ticket} was not handed over: ${reason}.`), { ticket, reason });
}

/** Returns the exception for what a closed socket cannot do. */
export const closedError = () => refusal(REFUSED_ENDED);
