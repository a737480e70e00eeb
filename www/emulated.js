// A network in the page, used where no fault server answers: the same requests, with the same effects.

import { Network } from './pkg/network.js';

/** No name ends in .test, so nobody else's server is meant. */
const HOST = 'server.test';
const HERE = 'No fault server answers here, so the server, the network and its faults are emulated in this page, and so is “Native WebSocket”: nothing leaves your browser.';
const ELSEWHERE = `Server is not ${HOST}, so there are no faults, and messages are counted by their echoes. For faults, enter ws://${HOST}/echo`;
/** Milliseconds from one end to the other. */
const LATENCY = 5;
/** What is kept of a text, as in the fault server's log: the page needs the number at its beginning. */
const KEPT = 256;

/** The engine is ahead of its events: a connection may be over of which the end is not reported yet. */
function ifOpen(act) {
  try {
    act();
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
  }
}

export class Emulated {
  address = `ws://${HOST}/echo`;
  #network = new Network({ clock: 'real', latency: LATENCY });
  #installed = false;
  #stopListening;
  /** Open connections with their tags. */
  #peers = new Map();
  /** The texts received, by tag. */
  #log = new Map();
  /** Handshakes to be refused: a tag, a status, and how many. */
  #refusals = [];

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
    this.#stopListening ??= this.#network.listen(this.address, request => this.#answer(request));
  }

  #answer(request) {
    const tag = new URL(request.url).searchParams.get('id');
    const refusal = this.#refusals.find(one => one.tag === tag && one.left > 0);
    if (refusal) {
      refusal.left -= 1;
      request.refuse(refusal.status);
      return;
    }
    const peer = request.accept();
    this.#peers.set(peer, tag);
    peer.onclose = () => this.#peers.delete(peer);
    peer.onmessage = data => {
      if (!this.#log.has(tag)) this.#log.set(tag, []);
      if (typeof data === 'string') this.#log.get(tag).push(data.slice(0, KEPT));
      ifOpen(() => peer.send(data));
    };
  }
}
