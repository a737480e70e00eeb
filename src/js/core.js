// The core's functions, and how numbers, texts and payloads get there and back.

/** The wasm instance's exports: `mod.rs`. Set before anyone can reach the classes. */
export let core;

export function install(exports) {
  core = exports;
}

/** Tells the core of sockets that are no more. */
export const freed = new FinalizationRegistry((handle) => core.free(handle));

const given = [];
let taken = 0;

/** Puts a number down for the core's next call. */
export const put = (number) => given.push(number);

/** The core takes it up; -1 behind the last. */
export function take() {
  const number = given[taken++] ?? -1;
  // Nobody need ask behind the last for the list to be empty again.
  if (taken >= given.length) given.length = taken = 0;
  return number;
}

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
