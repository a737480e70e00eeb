// One socket under test: sends numbered messages, and finds out what became of each.

/** A lane without back-pressure stops here, so that the page survives what the socket allows. */
const TOO_MUCH = 8 << 20;
/** How long a message may be on its way after its connection, or the one before, ended. */
const GRACE = 2_000;

export class Lane {
  /**
   * `make` opens a socket; `keeps`: it takes messages while not open, to send them later; `shy`: while it waits it
   * shows CLOSED, which is not the end; `paced`: it tells when to pause, and is obeyed. `plain`: what to say of a server
   * without sessions.
   */
  constructor(kind) {
    this.kind = kind;
    this.#clear();
  }

  #clear() {
    this.sent = [];
    this.told = new Set();
    this.lost = new Set();
    this.echoed = new Set();
    this.logged = new Map();
    this.roundTrip = 0;
    /** How many echoes there were, at each of the last ticks. */
    this.pulse = [0];
    this.refused = 0;
    this.opened = 0;
    this.ended = 0;
    this.changedAt = 0;
    this.paused = false;
    this.waitsUntil = 0;
    this.plain = false;
  }

  start(url) {
    this.stop();
    this.#clear();
    this.tag = `${this.kind.tag}-${Math.random().toString(36).slice(2, 10)}`;
    const full = new URL(url);
    full.searchParams.set('id', this.tag);
    const socket = this.kind.make(full.href);
    this.socket = socket;
    const on = (type, hear) => socket.addEventListener(type, event => {
      if (this.socket === socket) hear(event);
    });
    on('message', ({ data }) => this.#echo(data));
    on('open', () => {
      this.opened += 1;
      this.changedAt = performance.now();
    });
    const lost = () => {
      this.ended = this.opened;
      this.changedAt = performance.now();
    };
    on('close', lost);
    on('reconnecting', ({ delay }) => {
      lost();
      this.waitsUntil = performance.now() + delay;
    });
    on('session', ({ state }) => {
      this.plain = state === 'none';
    });
    on('discard', ({ messages }) => messages.forEach(({ data }) => this.told.add(Number.parseInt(data, 10))));
    return socket;
  }

  stop() {
    const left = this.socket;
    this.socket = undefined;
    left?.close();
  }

  /** What it is doing, in one word. */
  get phase() {
    const { socket } = this;
    if (!socket) return 'closed';
    const phase = ['connecting', 'open', 'closing', 'closed'][socket.readyState];
    if (phase === 'connecting' && performance.now() < this.waitsUntil) return 'waiting';
    // Between its attempts, reconnecting-websocket shows the state of the connection it lost.
    return phase === 'closed' && this.kind.shy ? 'waiting' : phase;
  }

  /** The application: it sends whenever it may. */
  send(now, size) {
    const { socket } = this;
    if (!socket || this.paused || socket.bufferedAmount > TOO_MUCH) return;
    const { phase } = this;
    if (!this.kind.keeps && phase !== 'open') {
      this.refused += 1;
      return;
    }
    socket.send(`${this.sent.length} `.padEnd(size, '.'));
    const carrier = this.opened + (phase === 'connecting' || phase === 'waiting' ? 1 : 0);
    this.sent.push({ at: now, carrier });
    if (!this.kind.paced) return;
    this.paused = true;
    const go = () => { if (this.socket === socket) this.paused = false; };
    socket.ready().then(go, go);
  }

  #echo(data) {
    const number = Number.parseInt(data, 10);
    const message = this.sent[number];
    if (!message) return;
    this.echoed.add(number);
    this.roundTrip = performance.now() - message.at;
  }

  /** What the server's log says: how often each number arrived. */
  learn(texts) {
    this.logged = new Map();
    for (const text of texts) {
      const number = Number.parseInt(text, 10);
      if (number < this.sent.length) this.logged.set(number, (this.logged.get(number) ?? 0) + 1);
    }
  }

  counts() {
    const now = performance.now();
    const counts = { sent: this.sent.length, refused: this.refused, arrived: 0, lost: 0, doubled: 0, told: 0, waiting: 0 };
    this.sent.forEach(({ carrier }, number) => {
      const times = this.logged.get(number) ?? 0;
      if (times > 1) counts.doubled += times - 1;
      // An echo proves an arrival as well, and may be ahead of the log.
      if (times || this.echoed.has(number)) counts.arrived += 1;
      else if (this.told.has(number)) counts.told += 1;
      else if (!this.lost.has(number) && this.#mayArrive(carrier, now)) counts.waiting += 1;
      else {
        this.lost.add(number);
        counts.lost += 1;
      }
    });
    return counts;
  }

  /** Called ten times a second. */
  tick() {
    this.pulse.push(this.echoed.size);
    if (this.pulse.length > 11) this.pulse.shift();
  }

  /** Echoes in the last second. */
  get rate() {
    return this.pulse.at(-1) - this.pulse[0];
  }

  #mayArrive(carrier, now) {
    const { phase } = this;
    if (now - this.changedAt < GRACE) return true;
    if (phase === 'closed') return false;
    if (phase !== 'open' || carrier > this.ended) return true;
    return this.socket.bufferedAmount > 0;
  }
}
