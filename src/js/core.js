// The core's functions, and the exceptions its refusals become.

/** The wasm instance's exports: `mod.rs`. Set before anyone can reach the classes. */
export let core;

export function install(exports) {
  core = exports;
}

// What is done, and what is asked: `verbs.rs` knows them by these numbers.
export const CONNECT = 0;
export const TERMINATE = 1;
export const RECONNECT = 2;
export const GIVE_UP = 3;
export const NEW_SESSION = 4;
export const WATCH = 5;
export const ONLINE = 6;
export const OFFLINE = 7;
export const AWAKE = 8;
export const STOWED = 9;
export const SHOWN = 10;
export const SEND = 11;
export const TRACK = 12;
export const ASIDE = 13;
export const CANCEL = 14;
export const CLOSE = 15;
export const DECIDE = 16;
export const GATE = 17;
export const DIALED = 18;
export const OPENED = 19;
export const PARTING = 20;
export const FAILED = 21;
export const RECEIVED = 22;
export const BUFFERED = 23;
export const OVER = 24;
export const OVER_CLEANLY = 25;
export const TICK = 26;

export const READY_STATE = 0;
export const BUFFERED_AMOUNT = 1;
export const PRESSED = 2;
export const NEXT_TICKET = 3;
export const AWAITS = 4;
export const DELIVERS = 5;
export const DEADLINE = 6;
/** Of `stats()`; the others follow. */
export const ATTEMPTS = 10;

/** Puts a text down for the core's next call, letter by letter. A lone surrogate is a letter too, and no text. */
export function spell(text) {
  for (const letter of text) core.put(letter.codePointAt(0));
}

/** The text the core said last. */
export function heard() {
  let text = "";
  for (let at = 0, letter; (letter = core.letter(at)) >= 0; at++) text += String.fromCodePoint(letter);
  return text;
}

/** The payloads the core has in hand, by the number it knows them by. */
export const kept = [];
const free = [];

export function keep(payload) {
  const place = free.pop() ?? kept.length;
  kept[place] = payload;
  return place;
}

export function release(place) {
  kept[place] = undefined;
  free.push(place);
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
  spell(parsed.protocol);
  const answer = core.check_address(href.includes("#"));
  if (answer < 0) {
    throw exception(
      "SyntaxError",
      answer === -1
        ? `${at}: The URL's scheme must be either 'http', 'https', 'ws', or 'wss'. '${parsed.protocol.slice(0, -1)}' is not allowed.`
        : `${at}: The URL contains a fragment identifier ('${parsed.hash.slice(1)}'). Fragment identifiers are not allowed in WebSocket URLs.`,
    );
  }
  for (const protocol of protocols) spell(`${protocol.replaceAll("\n", "\0")}\n`);
  const verdict = core.check_protocols();
  if (verdict) throw refusal(verdict, at, protocols.join("', '"));
  return answer ? href.replace(/^http/, "ws") : href;
}
