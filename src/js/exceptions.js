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
      return exception("QuotaExceededError", "The queue is full.");
    case -7:
      return exception("QuotaExceededError", "The message is larger than queue.maxBytes.");
    case -8:
      return new TypeError("ttl must not be 0.");
    default:
      return exception("InvalidStateError", "The socket is closed.");
  }
}

/** The promise of something that will not happen any more. */
export const over = () => refusal(-12);
