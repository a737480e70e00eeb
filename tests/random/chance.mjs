// Random choices of one life: everything comes from its seed.

export class Chance {
  #state;

  constructor(seed) {
    this.#state = Math.imul(seed ^ (seed / 2 ** 32), 0x9e3779b1) ^ 0x5bd1e995;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** A number from 0 to below 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to below `end`. */
  below(end) {
    return Math.floor(this.next() * end);
  }

  between(first, last) {
    return first + this.below(last - first + 1);
  }

  is(probability) {
    return this.next() < probability;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** One of the keys of `weights`, each as probable as its value. */
  weighted(weights) {
    let left = this.next() * weights.total;
    for (const [what, weight] of weights.entries) {
      left -= weight;
      if (left < 0) return what;
    }
    return weights.entries[0][0];
  }
}

export const weights = (entries) => ({ entries, total: entries.reduce((sum, [, weight]) => sum + weight, 0) });
