// Timers in virtual time.

export class Timers {
  /** In the order in which they fire. */
  #list = [];
  #last = 0;

  get next() {
    return this.#list[0];
  }

  add(at, callback) {
    const timer = { id: ++this.#last, at, callback };
    // Timers for the same time fire in the order in which they were set.
    const place = this.#list.findLastIndex((other) => other.at <= at) + 1;
    this.#list.splice(place, 0, timer);
    return timer.id;
  }

  remove(id) {
    const place = this.#list.findIndex((timer) => timer.id === id);
    if (place >= 0) this.#list.splice(place, 1);
  }
}
