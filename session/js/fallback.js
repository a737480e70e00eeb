// Decides which attempts offer a session if the application has no protocols: browsers fail a connection if the
// server selects none of the offered protocols.

/** Addresses, without their queries, where only an attempt without the offer opened. */
const without = new Set();
const MAX_ADDRESSES = 100;

const withoutQuery = (href) => href.split("?", 1)[0];

/** The offers of one socket. */
export class Offers {
  #works = false;
  /** True if the current attempt offers a session; undefined if the offer cannot make it fail. */
  #offers;
  #failed = false;

  /** Returns whether the next attempt at this address offers a session. */
  next(href) {
    return (this.#offers = this.#works || !(this.#failed || without.has(withoutQuery(href))));
  }

  /** Records that the attempt opened. */
  opened(href) {
    if (this.#offers) this.#works = true;
    else if (this.#offers === false) {
      without.add(withoutQuery(href));
      if (without.size > MAX_ADDRESSES) without.delete(without.values().next().value);
    }
  }

  /** Records that the handshake failed: the next attempt does the opposite. */
  failed() {
    this.#failed = this.#offers === true;
  }
}
