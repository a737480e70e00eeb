// Which addresses are offered a session, if the application has no protocols: browsers fail a connection if protocols
// were offered and none was chosen.

/** Addresses without queries at which only an attempt without the offer has opened. */
const without = new Set();
const MOST_KNOWN = 100;

const withoutQuery = (href) => href.split("?", 1)[0];

/** The attempts of one socket. */
export class Offers {
  #works = false;
  /** Whether the attempt under way offers a session; undefined if it cannot fail for that. */
  #offers;
  #failed = false;

  /** Whether the next attempt at this address offers a session. */
  next(href) {
    return (this.#offers = this.#works || !(this.#failed || without.has(withoutQuery(href))));
  }

  /** The attempt opened. */
  opened(href) {
    if (this.#offers) this.#works = true;
    else if (this.#offers === false) {
      without.add(withoutQuery(href));
      if (without.size > MOST_KNOWN) without.delete(without.values().next().value);
    }
  }

  /** The attempt failed in its handshake: the next is made in the other way. */
  failed() {
    this.#failed = this.#offers === true;
  }
}
