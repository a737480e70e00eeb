// The `message` listeners of a steady socket.
//
// A second event for each message would double its cost, so listeners get the event of the connection. Its target is the
// connection; a prototype put on the event translates that to the socket.

import { report } from "./events.js";

const prototype = globalThis.MessageEvent?.prototype;
const getter = (name) => Object.getOwnPropertyDescriptor(Event.prototype, name).get;
const { addEventListener, removeEventListener } = EventTarget.prototype;
const stop = Event.prototype.stopImmediatePropagation;
const path = Event.prototype.composedPath;
const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted").get;

/** The steady socket of each connection. */
const owners = new WeakMap();
/** Events whose propagation was stopped. */
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

export const setOwner = (connection, socket) => owners.set(connection, socket);

/** DOM, "flatten options". */
const flatten = (options) => !!(Object(options) === options ? options.capture : options);

/** DOM, "flatten more options". */
function flattenMore(options) {
  const capture = flatten(options);
  const { once, passive, signal } = Object(options) === options ? options : {};
  // Web IDL: throws a TypeError unless it is an AbortSignal.
  if (signal !== undefined) aborted.call(signal);
  return { capture, once: !!once, passive: !!passive, signal };
}

/** Web IDL: a callback interface, or null. */
function check(callback) {
  if (callback != null && Object(callback) !== callback) throw new TypeError("The event listener must be an object.");
}

/**
 * Whether a listener is still to be called. We do not listen to its signal: that would keep the socket alive as long as
 * the signal, which may live as long as the page. A listener with an aborted signal is removed when the list is used next.
 */
const isActive = ({ removed, signal }) => !removed && !(signal && aborted.call(signal));

/**
 * Whether the platform calls capturing listeners first at a target that is in no tree, as DOM says. Chromium does not,
 * and all events of a socket should behave alike.
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
    if (callback == null || !isActive(listener)) return;
    // "If eventTarget's event listener list does not contain an event listener whose type …, callback …, and
    // capture is listener's capture, then append listener".
    if (this.#find(callback, capture)) return;
    // The platform calls it for events that the application dispatches.
    listener.forward = (event) => this.#call(listener, event);
    addEventListener.call(this.#socket, "message", listener.forward, { capture, passive });
    // Replaced, not modified: an event being dispatched uses the list that it started with.
    this.#list = [...this.#list, listener];
    if (capturesFirst) this.#list.sort((one, other) => other.capture - one.capture);
  }

  remove(callback, options) {
    check(callback);
    const listener = this.#find(callback, flatten(options));
    if (listener) this.#drop(listener);
  }

  #find(callback, capture) {
    for (const one of this.#list) if (!isActive(one)) this.#drop(one);
    return this.#list.find((one) => one.callback === callback && one.capture === capture);
  }

  #drop(listener) {
    listener.removed = true;
    // Options as an object: Node ignores a bare `true`.
    removeEventListener.call(this.#socket, "message", listener.forward, listener);
    this.#list = this.#list.filter((one) => one !== listener);
  }

  #call(listener, event) {
    if (!isActive(listener)) return this.#drop(listener);
    if (listener.once) this.#drop(listener);
    const { callback } = listener;
    if (typeof callback === "function") callback.call(this.#socket, event);
    else callback.handleEvent(event);
  }

  /** Dispatches a connection's event to the listeners. DOM, "inner invoke". */
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
