// The core's functions, and how numbers, texts and payloads get there and back.

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
export const BUFFERED = 22;
export const OVER = 23;
export const OVER_CLEANLY = 24;
export const FROZEN = 25;
export const TICK = 26;

export const READY_STATE = 0;
export const BUFFERED_AMOUNT = 1;
export const PRESSED = 2;
export const NEXT_TICKET = 3;
export const AWAITS = 4;
export const DEADLINE = 5;
/** Of `stats()`; the others follow. */
export const ATTEMPTS = 10;

const given = [];

/** Puts a number down for the core's next call. */
export const put = (number) => given.push(number);

/** The core takes it up; -1 behind the last. */
export const take = () => given.shift() ?? -1;

/** Puts a text down, letter by letter, and its end. A lone surrogate is a letter too, and no text. */
export function spell(text) {
  for (const letter of text) put(letter.codePointAt(0));
  put(-1);
}

let said;

/** The core says the next letter of a text; a negative one begins a text. */
export const say = (letter) => {
  said = letter < 0 ? "" : said + String.fromCodePoint(letter);
};

/** The text the core said last. */
export const heard = () => said;

/** The steady sockets that are not over, by the core's number. They are held until then: something may still happen. */
export const live = [];

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

/** Where a class of this package says what it stands on, so that another copy of the package does not stand on it. */
export const BENEATH = Symbol.for("steady-websocket.native");

// Taken while they are the platform's own: a page may put our class in the native one's place.
const { WebSocket } = globalThis;
export const native = WebSocket && Object.hasOwn(WebSocket, BENEATH) ? WebSocket[BENEATH] : WebSocket;
export const own = native ? Object.getOwnPropertyDescriptors(native.prototype) : {};
