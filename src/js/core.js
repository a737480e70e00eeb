// The core's functions, and the exceptions its refusals become.

/** The wasm instance's exports: `mod.rs`. Set before anyone can reach the classes. */
export let core;

export function install(exports) {
  core = exports;
}

// Taken while they are the platform's own: a page may put our class in the native one's place.
export const native = globalThis.WebSocket;
export const own = native ? Object.getOwnPropertyDescriptors(native.prototype) : {};
const { DOMException } = globalThis;

const exception = (name, text) => new DOMException(text, name);

/** The exception a negative answer stands for. `at` begins its message, `extra` is what it speaks of. */
export function refusal(answer, at, extra) {
  switch (answer) {
    case -1:
      return exception("InvalidStateError", `${at}: Still in CONNECTING state.`);
    case -2:
      return exception(
        "InvalidAccessError",
        `${at}: The close code must be either 1000, or between 3000 and 4999. ${extra} is neither.`,
      );
    case -3:
      return exception("SyntaxError", `${at}: The close reason must not be greater than 123 UTF-8 bytes.`);
    case -4:
      return exception("SyntaxError", `${at}: The subprotocol '${extra}' is invalid.`);
    case -5:
      return exception("SyntaxError", `${at}: The subprotocol '${extra}' is duplicated.`);
    case -6:
      return exception("QuotaExceededError", `${at}: The queue is full.`);
    case -7:
      return exception("QuotaExceededError", `${at}: The message is larger than queue.maxBytes.`);
    case -8:
      return new TypeError(`${at}: ttl must not be 0.`);
    default:
      return exception("InvalidStateError", `${at}: The socket is closed.`);
  }
}

/** The promise of something that will not happen any more. */
export const over = (at) => refusal(-12, at);

const base = () => globalThis.document?.baseURI ?? globalThis.location?.href;

/** The constructor's steps up to the connection: the address and the protocols, or an exception. */
export function address(url, protocols, at) {
  let parsed;
  try {
    // "Let urlRecord be the result of applying the URL parser to url with baseURL."
    parsed = new URL(url, base());
  } catch {
    throw exception("SyntaxError", `${at}: The URL '${url}' is invalid.`);
  }
  const { href } = parsed;
  // A fragment may be empty, and then `hash` hides it.
  const answer = core.check_address(parsed.protocol, href.includes("#"));
  if (answer < 0) {
    throw exception(
      "SyntaxError",
      answer === -1
        ? `${at}: The URL's scheme must be either 'http', 'https', 'ws', or 'wss'. '${parsed.protocol.slice(0, -1)}' is not allowed.`
        : `${at}: The URL contains a fragment identifier ('${parsed.hash.slice(1)}'). Fragment identifiers are not allowed in WebSocket URLs.`,
    );
  }
  const verdict = core.check_protocols(protocols);
  if (verdict) throw refusal(verdict, at, protocols.join("', '"));
  return answer ? href.replace(/^http/, "ws") : href;
}
