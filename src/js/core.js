// The core's functions, and how further numbers cross the border.

/** The exports of the wasm instance (`mod.rs`), once there is one. */
export let core;

export function install(exports) {
  core = exports;
}

let load;

/** Sets what instantiates the wasm: for the first socket, when its handshake is under way. */
export function installLater(start) {
  load = start;
}

export const requireCore = () => core ?? load();

/** Frees the machines of sockets that were collected. */
export const finalizers = new FinalizationRegistry((handle) => core.free(handle));

const numbers = [];
let next = 0;

/** Writes a number for the next call of the core. */
export const writeNumber = (number) => numbers.push(number);

/** Returns the next number to the core; -1 after the last. */
export function readNumber() {
  const number = numbers[next++] ?? -1;
  if (next >= numbers.length) numbers.length = next = 0;
  return number;
}

/** The close reason of the next input. The core has only its number; traces read it. */
export let inputText;

export const setInputText = (text) => {
  inputText = text;
};

/** The property of our class that has the native one, for other copies of this package on the same page. */
export const NATIVE_CLASS = Symbol.for("steady-websocket.native");

// Read once: a page may replace the global class by ours.
const { WebSocket } = globalThis;
const native = WebSocket && Object.hasOwn(WebSocket, NATIVE_CLASS) ? WebSocket[NATIVE_CLASS] : WebSocket;
const browser = { native, members: native ? Object.getOwnPropertyDescriptors(native.prototype) : {}, clock: globalThis };

/** The native class and its members, and the clock and timers: the browser's, or those of an installed network. */
export let platform = browser;

export function choosePlatform() {
  platform = globalThis.WebSocket?.[Symbol.for("steady-websocket.network")] ?? browser;
}
