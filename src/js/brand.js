// What makes an object a socket of ours: a private field, put on it whatever it was made by.

class Given {
  constructor(object) {
    // A returned object takes the place of `this`, and gets the derived class's field.
    return object;
  }
}

export class Brand extends Given {
  #inside;

  constructor(object, inside) {
    super(object);
    this.#inside = inside;
  }

  /** The inside of a socket. Web IDL: whatever is none is a TypeError. */
  static of(object) {
    if (!(#inside in Object(object))) throw new TypeError("Illegal invocation");
    return object.#inside;
  }
}
