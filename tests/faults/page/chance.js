// Seeded randomness, so that a run can be repeated.

/** 32 bits of a text. */
export function hash(text) {
  let bits = 0x811c9dc5;
  for (const unit of text) bits = Math.imul(bits ^ unit.codePointAt(0), 0x01000193);
  return bits >>> 0;
}

export class Chance {
  #state;

  constructor(seed) {
    this.#state = hash(seed);
  }

  /** Anywhere from 0 to below 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  one(list) {
    return list[this.between(0, list.length - 1)];
  }

  /** True so often. */
  in(share) {
    return this.next() < share;
  }
}
