// Events of a steady socket, its handler attributes, and the application's uncaught exceptions.

const { dispatchEvent } = EventTarget.prototype;

/** Reports an exception as the platform reports one of a listener. Node 22 has no `reportError`. */
export const report =
  globalThis.reportError ??
  ((cause) =>
    queueMicrotask(() => {
      throw cause;
    }));

export const dispatch = (socket, event) => dispatchEvent.call(socket, event);

/** Dispatches an event with further members, which can not be changed. */
export function emit(socket, type, members = {}, init = undefined) {
  const event = new Event(type, init);
  for (const name of Object.keys(members)) {
    Object.defineProperty(event, name, { value: members[name], enumerable: true });
  }
  return dispatch(socket, event);
}

/** HTML, "event handlers": the attributes `onopen` and so on of an object that the platform does not know. */
export class Handlers {
  #slots = {};
  #listen;

  /** `listen(adds, type, listener)` puts a listener among the socket's own, or takes it off. */
  constructor(listen) {
    this.#listen = listen;
  }

  get(name) {
    return this.#slots[name]?.value ?? null;
  }

  set(name, value) {
    const type = name.slice(2);
    const slot = this.#slots[name];
    // [LegacyTreatNonObjectAsNull]: an object that can not be called is kept, and does nothing.
    if (Object(value) !== value) {
      // "deactivate an event handler"
      if (slot) this.#listen(false, type, slot.listener);
      delete this.#slots[name];
    } else if (slot) {
      // Its place among the listeners is the one it got when it was first set.
      slot.value = value;
    } else {
      const made = { value };
      // Not by `event.currentTarget`: in Node that is null for all listeners but the first.
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
