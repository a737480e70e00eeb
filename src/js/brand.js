// Marks an object as one of our sockets, with a private field that can be put on any object.

class ReturnOverride {
  constructor(object) {
    // The returned object replaces `this`, and gets the field of the derived class.
    return object;
  }
}

export class Brand extends ReturnOverride {
  #internals;

  constructor(object, internals) {
    super(object);
    this.#internals = internals;
  }

  /** Returns the internals of a socket. Throws a TypeError for other objects, as Web IDL says. */
  static of(object) {
    if (!(#internals in Object(object))) throw new TypeError("Illegal invocation");
    return object.#internals;
  }
}
