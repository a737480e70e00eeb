// The wire, one thing at a time: a conversation that stands still until it is stepped, or what the sockets above did.

import { CONVERSATIONS, begin } from './conversations.js';
import { byId, element } from './dom.js';
import { details, opensAfter, place, summary } from './frame.js';
import { save } from './save.js';

const ABOVE = 'above';
/** Records of the sockets above that are shown. */
const NEWEST = 200;
/** Milliseconds between two steps of a running conversation. */
const PACE = 700;
/** Virtual milliseconds without anything on the wire, after which a conversation is over. */
const QUIET = 2_000;

const ARROWS = { 'to-server': ['→', 'client to server'], 'to-client': ['←', 'server to client'] };

export class Inspector {
  #network;
  #records = [];
  #places = [];
  #shown = 0;
  /** One step after the other. */
  #queue = Promise.resolve();
  #timer;

  /** `above` answers the network of the sockets above, or nothing if it is a real one. */
  constructor(above) {
    this.above = above;
    byId('conversation').append(
      ...CONVERSATIONS.map(({ name, title }) => element('option', { value: name }, title)),
      element('option', { value: ABOVE }, `The three sockets above: the newest ${NEWEST}`));
    byId('conversation').addEventListener('change', () => this.#restart());
    byId('wire-restart').addEventListener('click', () => this.#restart());
    byId('wire-step').addEventListener('click', () => {
      this.#pause();
      this.#later(() => this.#step());
    });
    byId('wire-run').addEventListener('click', () => (this.#timer ? this.#pause() : this.#run()));
    byId('wire-save').addEventListener('click', () => save('steady-websocket.pcapng', 'application/x-pcapng', this.#network.pcapng()));
    byId('wire').addEventListener('keydown', event => this.#move(event));
    this.#restart();
  }

  get #conversation() {
    return CONVERSATIONS.find(({ name }) => name === byId('conversation').value);
  }

  #later(act) {
    this.#queue = this.#queue.then(act).catch(cause => {
      this.#pause();
      this.#tell(`The conversation stopped: ${cause.message}. Press “Start again”.`);
    });
  }

  #restart() {
    this.#pause();
    this.#later(async () => {
      this.#network = undefined;
      this.#clear();
      const conversation = this.#conversation;
      byId('wire-step').disabled = !conversation;
      byId('wire-restart').textContent = conversation ? 'Start again' : 'Show again';
      byId('wire-about').textContent = conversation?.about ?? 'What crossed the wire of the three sockets above, up to now.';
      if (conversation) this.#tell('Virtual time stands still at 0 ms. Press “Step”.');
      else this.#snapshot();
      byId('wire-save').disabled = !this.#network;
      byId('wire-run').disabled = !conversation && !this.#network;
    });
  }

  #clear() {
    this.#records = [];
    this.#places = [];
    this.#shown = 0;
    byId('wire').replaceChildren();
    byId('wire-details').replaceChildren(element('p', { class: 'quiet' }, 'Nothing is selected.'));
  }

  /** Shows the newest records of the sockets above. */
  #snapshot() {
    this.#network = this.above();
    if (!this.#network) {
      this.#pause();
      this.#tell('Empty: the sockets above use a real network, and a browser does not show a page the bytes of its sockets. Choose a conversation, or open the page without the fault server (cargo xtask site).');
      return;
    }
    this.#clear();
    const { wire } = this.#network;
    // Its request has the socket's tag: www/lane.js.
    const names = new Map(wire.filter(({ type }) => type === 'request').map(({ connection, head }) => [connection, /[?&]id=([a-z]+)/.exec(head)?.[1]]));
    this.#read(wire.slice(-NEWEST));
    while (this.#shown < this.#records.length) {
      const { connection } = this.#records[this.#shown];
      this.#add(`${names.get(connection) ?? 'socket'} ${connection}: `);
    }
    if (this.#shown) this.#select(this.#shown - 1);
    this.#tell(`${this.#shown} records. “Run” follows the sockets; choosing a record pauses.`);
  }

  /** Takes over records, with the place that each frame has in its message. */
  #read(records) {
    const open = {};
    this.#records = records;
    this.#places = records.map(record => {
      if (record.type !== 'frame') return '';
      const stream = `${record.connection} ${record.direction}`;
      const where = place(record, open[stream]);
      open[stream] = opensAfter(record, open[stream]);
      return where;
    });
  }

  /** Lets virtual time pass until something arrives, and shows it. Several may arrive at the same time. */
  async #step() {
    const conversation = this.#conversation;
    if (!conversation) return this.#snapshot();
    this.#network ??= await begin(conversation);
    byId('wire-save').disabled = false;
    for (let waited = 0; this.#shown === this.#records.length && waited < QUIET; waited += 1) {
      await this.#network.advance(1);
      const { wire } = this.#network;
      if (wire.length > this.#shown) this.#read(wire);
    }
    if (this.#shown === this.#records.length) {
      this.#pause();
      this.#tell(`Nothing more is on its way after ${Math.round(this.#records.at(-1)?.time ?? 0)} ms: the conversation is over. “Start again” plays it from the beginning.`);
      return;
    }
    this.#add();
    this.#select(this.#shown - 1);
    this.#tell(`Virtual time: ${Math.round(this.#records[this.#shown - 1].time)} ms.`);
  }

  #add(whose = '') {
    const at = this.#shown++;
    const record = this.#records[at];
    const [arrow, direction] = ARROWS[record.direction];
    const line = element('button', { type: 'button', tabindex: -1, 'data-kind': record.type, 'data-name': record.name ?? '' },
      element('time', {}, `${Math.round(record.time)} ms`),
      element('span', { class: 'arrow', role: 'img', 'aria-label': direction }, arrow),
      element('span', {}, whose + summary(record, this.#places[at])));
    line.addEventListener('click', () => {
      this.#pause();
      this.#select(at);
    });
    byId('wire').append(element('li', { class: record.direction }, line));
  }

  #lines() {
    return [...byId('wire').querySelectorAll('button')];
  }

  #select(at) {
    for (const [place, line] of this.#lines().entries()) {
      line.tabIndex = place === at ? 0 : -1;
      line.setAttribute('aria-current', `${place === at}`);
    }
    const list = byId('wire');
    const line = list.children[at];
    // Only the list is to scroll, not the page.
    list.scrollTop = Math.min(Math.max(list.scrollTop, line.offsetTop + line.offsetHeight - list.clientHeight), line.offsetTop);
    byId('wire-details').replaceChildren(...details(this.#records[at], this.#places[at]));
  }

  #move(event) {
    const lines = this.#lines();
    const at = lines.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (at < 0 || !lines[to]) return;
    event.preventDefault();
    this.#pause();
    this.#select(to);
    lines[to].focus();
  }

  #run() {
    this.#timer = setInterval(() => this.#later(() => this.#timer && this.#step()), PACE);
    this.#label();
    this.#later(() => this.#step());
  }

  #pause() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#label();
  }

  #label() {
    byId('wire-run').textContent = this.#timer ? 'Pause' : 'Run';
  }

  #tell(text) {
    byId('wire-told').textContent = text;
  }
}
