// Which addresses are offered a session, if the application has no protocols: browsers fail a connection if protocols
// were offered and none was chosen.

const WORKS = true;
const FAILS = false;

/** What the last attempts at each address have shown. */
const known = new Map();
const MOST_KNOWN = 100;

const withoutQuery = (href) => href.split("?", 1)[0];

function remember(href, what) {
  known.delete(href);
  known.set(href, what);
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value);
}

/** The offers of one socket. */
export class Offers {
  /** Whether the attempt under way offers a session without a protocol, and may do so by mistake. */
  #bare;
  #failed = false;

  /** Whether the next attempt at this address offers a session. */
  next(href) {
    const works = known.get(withoutQuery(href));
    this.#bare = works ?? !this.#failed;
    return this.#bare;
  }

  /** The attempt opened. */
  opened(href) {
    remember(withoutQuery(href), this.#bare ? WORKS : FAILS);
  }

  /** The attempt failed in its handshake: the next is made in the other way. */
  failed() {
    this.#failed = this.#bare;
  }
}
