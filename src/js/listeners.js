// A steady socket's `message` listeners, in a table of its own.
//
// A second event for each message would double what a message costs, so listeners get the connection's own. That
// event has been dispatched to the connection, and says so; what it says is translated, by a prototype put on it.

import { report } from "./events.js";

const prototype = globalThis.MessageEvent?.prototype;
const getter = (name) => Object.getOwnPropertyDescriptor(Event.prototype, name).get;
const { addEventListener, removeEventListener } = EventTarget.prototype;
const stop = Event.prototype.stopImmediatePropagation;
const path = Event.prototype.composedPath;
const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted").get;

/** Connections, and the sockets they are beneath. */
const owners = new WeakMap();
/** Events of which no further listener wants to hear. */
const stopped = new WeakSet();

const ownerOf = (target) => owners.get(target) ?? target;

const translated = Object.create(prototype, {
  composedPath: { value() { return path.call(this).map(ownerOf); } },
  stopImmediatePropagation: { value: halt },
});
for (const name of ["target", "currentTarget", "srcElement"]) {
  const get = getter(name);
  Object.defineProperty(translated, name, { get() { return ownerOf(get.call(this)); } });
}

function halt() {
  stopped.add(this);
  stop.call(this);
}

export const own = (connection, socket) => owners.set(connection, socket);

/** DOM, "flatten options". */
const flatten = (options) => !!(Object(options) === options ? options.capture : options);

/** DOM, "flatten more options". */
function flattenMore(options) {
  const capture = flatten(options);
  const { once, passive, signal } = Object(options) === options ? options : {};
  // Web IDL: what is no AbortSignal is a TypeError.
  if (signal !== undefined) aborted.call(signal);
  return { capture, once: !!once, passive: !!passive, signal };
}

/** Web IDL: a callback interface, or null. */
function check(callback) {
  if (callback != null && Object(callback) !== callback) throw new TypeError("The event listener must be an object.");
}

/**
 * Whether a listener is still to be called. Nothing listens to its signal: that would keep the socket alive for as long
 * as the signal, which may be as long as the page. So an aborted one is dropped when the list is next used.
 */
const hears = ({ removed, signal }) => !removed && !(signal && aborted.call(signal));

/**
 * Whether the platform lets capturing listeners go first at a target that is in no tree, as DOM says. Chromium does
 * not, and on one socket all types should be alike.
 */
const capturesFirst = (() => {
  const target = new EventTarget();
  let first;
  for (const capture of [false, true]) target.addEventListener("x", () => { first ??= capture; }, capture);
  target.dispatchEvent(new Event("x"));
  return first;
})();

export class Listeners {
  #socket;
  #list = [];

  constructor(socket) {
    this.#socket = socket;
  }

  /** DOM, "add an event listener". */
  add(callback, options) {
    check(callback);
    const { capture, once, signal, passive } = flattenMore(options);
    const listener = { callback, capture, once, signal, removed: false };
    if (callback == null || !hears(listener)) return;
    // "If eventTarget's event listener list does not contain an event listener whose type …, callback …, and
    // capture is listener's capture, then append listener".
    if (this.#find(callback, capture)) return;
    // What the application itself dispatches goes the platform's way.
    listener.hear = (event) => this.#call(listener, event);
    addEventListener.call(this.#socket, "message", listener.hear, { capture, passive });
    // Replaced, never changed: an event on its way goes by the list it found.
    this.#list = [...this.#list, listener];
    if (capturesFirst) this.#list.sort((one, other) => other.capture - one.capture);
  }

  remove(callback, options) {
    check(callback);
    const listener = this.#find(callback, flatten(options));
    if (listener) this.#drop(listener);
  }

  #find(callback, capture) {
    for (const one of this.#list) if (!hears(one)) this.#drop(one);
    return this.#list.find((one) => one.callback === callback && one.capture === capture);
  }

  #drop(listener) {
    listener.removed = true;
    // As options: Node overlooks a mere `true`.
    removeEventListener.call(this.#socket, "message", listener.hear, listener);
    this.#list = this.#list.filter((one) => one !== listener);
  }

  #call(listener, event) {
    if (!hears(listener)) return this.#drop(listener);
    if (listener.once) this.#drop(listener);
    const { callback } = listener;
    if (typeof callback === "function") callback.call(this.#socket, event);
    else callback.handleEvent(event);
  }

  /** Gives a connection's event to the listeners of the socket above. DOM, "inner invoke". */
  deliver(event) {
    const list = this.#list;
    if (!list.length) return;
    Object.setPrototypeOf(event, translated);
    for (const listener of list) {
      if (list.length > 1 && stopped.has(event)) return;
      try {
        this.#call(listener, event);
      } catch (cause) {
        // "If this throws an exception exception, then report exception".
        report(cause);
      }
    }
  }
}
