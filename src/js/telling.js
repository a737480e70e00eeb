// When the application is told: in the order in which things happened, and never inside a call of its own.

export class Telling {
  #pending = [];
  /** How many of the application's own calls are under way: what they cause is told when they are done. */
  calls = 0;
  #telling = false;

  /** Tells at once if the browser called us, when the caller is done if the application did. */
  later(say) {
    this.#pending.push(say);
    if (!this.calls) this.flush();
    else if (this.#pending.length === 1) queueMicrotask(() => this.flush());
  }

  flush() {
    if (this.#telling) return;
    this.#telling = true;
    while (this.#pending.length) this.#pending.shift()();
    this.#telling = false;
  }
}
