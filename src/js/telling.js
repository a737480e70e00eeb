// When the application is told: in the order in which things happened, and never inside a call of its own.

export class Telling {
  #pending = [];
  /** How many of the application's own calls are under way. */
  #calls = 0;
  #telling = false;

  /** The application calls: what that causes is told when its call is done. */
  begin() {
    this.#calls++;
  }

  end() {
    this.#calls--;
  }

  /** Tells at once if the browser called us, when the caller is done if the application did. */
  later(say) {
    this.#pending.push(say);
    if (!this.#calls) this.flush();
    else if (this.#pending.length === 1) queueMicrotask(() => this.flush());
  }

  flush() {
    if (this.#telling) return;
    this.#telling = true;
    for (let say; (say = this.#pending.shift()); ) say();
    this.#telling = false;
  }
}
