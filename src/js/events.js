// Events and handler attributes of a steady socket, and uncaught exceptions.

const { dispatchEvent } = EventTarget.prototype;

/** Reports an exception as the platform reports those of listeners. Node 22 has no `reportError`. */
export const report =
  globalThis.reportError ??
  ((cause) =>
    queueMicrotask(() => {
      throw cause;
    }));

export const dispatch = (socket, event) => dispatchEvent.call(socket, event);

/** Dispatches an event with additional read-only members. */
export function emit(socket, type, members = {}, init = undefined) {
  const event = new Event(type, init);
  for (const name of Object.keys(members)) {
    Object.defineProperty(event, name, { value: members[name], enumerable: true });
  }
  return dispatch(socket, event);
}

/** Dispatches `close`. Node 22 has no CloseEvent. */
export const dispatchClose = (socket, closeInfo) =>
  globalThis.CloseEvent ? dispatch(socket, new CloseEvent("close", closeInfo)) : emit(socket, "close", closeInfo);

/** HTML, "event handlers": implements attributes such as `onopen`. */
export class Handlers {
  #slots = {};
  #listen;

  /** `listen(adds, type, listener)` adds or removes a listener of the socket. */
  constructor(listen) {
    this.#listen = listen;
  }

  get(name) {
    return this.#slots[name]?.value ?? null;
  }

  set(name, value) {
    const type = name.slice(2);
    const slot = this.#slots[name];
    // [LegacyTreatNonObjectAsNull]: an object that is not callable is stored, and does nothing.
    if (Object(value) !== value) {
      // "deactivate an event handler"
      if (slot) this.#listen(false, type, slot.listener);
      delete this.#slots[name];
    } else if (slot) {
      // It keeps its position among the listeners.
      slot.value = value;
    } else {
      const made = { value };
      // `event.currentTarget` would not do: in Node it is null for all listeners but the first.
      made.listener = function (event) {
        if (typeof made.value !== "function") return;
        // "If return value is false, then set event's canceled flag."
        if (made.value.call(this, event) === false) event.preventDefault();
      };
      this.#slots[name] = made;
      this.#listen(true, type, made.listener);
    }
  }
}
