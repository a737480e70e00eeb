// A network in the page, used where no fault server answers: the same requests, with the same effects.

import { Network } from './pkg/network.js';
import { SessionServer } from './pkg/server.js';
import { withSession } from './server.js';

/** No name ends in .test, so nobody else's server is meant. */
const HOST = 'server.test';
const HERE = 'No fault server answers here, so the server, the network and its faults are emulated in this page, and so is “Native WebSocket”: nothing leaves your browser.';
const ELSEWHERE = `Server is not ${HOST}, so there are no faults, and messages are counted by their echoes. For faults, enter ws://${HOST}/echo`;
/** Milliseconds from one end to the other. */
const LATENCY = 5;
/** What is kept of a text, as in the fault server's log: the page needs the number at its beginning. */
const KEPT = 256;

/** How much either side may send in a session that is not handled: more than a few of the page's largest messages. */
const WINDOW = 1 << 20;

/** The engine is ahead of its events: a connection may be over of which the end is not reported yet. */
function ifOpen(act) {
  try {
    act();
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
  }
}

/** A peer in the structure of a socket of `ws`, which the session server takes. `onclose` is called first at the end. */
function socketOf(peer, onclose) {
  const listen = {
    message: act => { peer.onmessage = data => act(data, typeof data !== 'string'); },
    close: act => {
      peer.onclose = ({ code }) => {
        onclose();
        act(code);
      };
    },
    error: () => {},
  };
  return {
    protocol: peer.protocol,
    send: data => ifOpen(() => peer.send(data)),
    close: (code, reason) => ifOpen(() => peer.close(code, reason)),
    on: (type, act) => listen[type](act),
  };
}

export class Emulated {
  address = `ws://${HOST}/echo`;
  #network = new Network({ clock: 'real', latency: LATENCY });
  #installed = false;
  #stopListening;
  /** Open connections with their tags. */
  #peers = new Map();
  /** The texts received, by tag; with a session, those that were handled. */
  #log = new Map();
  #sessions = new SessionServer({
    window: WINDOW,
    authorize: ({ tag }) => tag,
    onsession: session => {
      session.onmessage = async data => {
        this.#receive(session.identity, data);
        try {
          await session.ready();
          session.send(data);
        } catch (cause) {
          // A client that is closing gets no more echoes.
          if (cause.code !== 'ERR_SESSION_CLOSED') throw cause;
        }
      };
    },
  });
  /** Handshakes to be refused: a tag, a status, and how many. */
  #refusals = [];

  /** The address for a socket with a session: this network's, if the other is in it. */
  forSession(url) {
    return withSession(url, this.address);
  }

  /** Where the server is, for visitors. */
  get where() {
    return this.#installed ? HERE : ELSEWHERE;
  }

  /** The network that the sockets use, unless it is the real one. */
  get network() {
    return this.#installed ? this.#network : undefined;
  }

  /** Sockets opened from now on reach this network if the address is in it, and the real one otherwise. */
  use(url) {
    const wanted = new URL(url).host === HOST;
    if (wanted === this.#installed) return;
    if (wanted) this.#network.install();
    else this.#network.uninstall();
    this.#installed = wanted;
  }

  /** Takes back every standing fault. Resolves to whether there can be any. */
  async heal() {
    this.#startListening();
    this.#each(peer => peer.resumeReading());
    this.#refusals = [];
    this.#log.clear();
    return this.#installed;
  }

  async command(path) {
    const { pathname, searchParams } = new URL(path, this.address);
    this.#commands[pathname](searchParams);
  }

  async received(tag) {
    return this.#log.get(tag) ?? [];
  }

  #commands = {
    '/kill': () => this.#kill(),
    '/silence': () => this.#each(peer => peer.silence()),
    '/close': query => {
      const code = Number(query.get('code'));
      this.#each(peer => {
        // Behind a Close frame there are no echoes.
        peer.onmessage = () => {};
        peer.close(code);
      });
    },
    '/slow': query => {
      const rate = Number(query.get('rate'));
      this.#each(peer => (rate ? peer.slow(rate) : peer.resumeReading()));
    },
    '/mode': query => {
      this.#refusals.push({ tag: query.get('id'), status: Number(query.get('status')), left: Number(query.get('n')) });
    },
    '/stop-listening': () => {
      this.#stopListening?.();
      this.#stopListening = undefined;
      this.#kill();
    },
    '/start-listening': () => this.#startListening(),
  };

  #each(act) {
    for (const peer of [...this.#peers.keys()]) ifOpen(() => act(peer));
  }

  #kill() {
    this.#each(peer => {
      this.#peers.delete(peer);
      peer.reset();
    });
  }

  #startListening() {
    if (this.#stopListening) return;
    const addresses = [this.address, this.forSession(this.address)];
    const stops = addresses.map(address => this.#network.listen(address, request => this.#answer(request)));
    this.#stopListening = () => stops.forEach(stop => stop());
  }

  #receive(tag, data) {
    if (!this.#log.has(tag)) this.#log.set(tag, []);
    if (typeof data === 'string') this.#log.get(tag).push(data.slice(0, KEPT));
  }

  #answer(request) {
    const { pathname, searchParams } = new URL(request.url);
    const tag = searchParams.get('id');
    const refusal = this.#refusals.find(one => one.tag === tag && one.left > 0);
    if (refusal) {
      refusal.left -= 1;
      request.refuse(refusal.status);
      return;
    }
    const protocol = pathname === '/session' && this.#sessions.handleProtocols(request.protocols);
    const peer = request.accept(protocol ? { protocol } : {});
    this.#peers.set(peer, tag);
    const onclose = () => this.#peers.delete(peer);
    if (protocol && this.#sessions.accept(socketOf(peer, onclose), { tag })) return;
    peer.onclose = onclose;
    peer.onmessage = data => {
      this.#receive(tag, data);
      ifOpen(() => peer.send(data));
    };
  }
}
