// One socket under test: sends a numbered message every 100 ms and counts what becomes of each.

const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
/** A message unheard of for this long is lost: the echo comes back in a few milliseconds. */
const LOST_AFTER = 3000;
/** What the strip shows. */
const SPAN = 60_000;

const svg = (name, attributes) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

const COUNTS = ['sent', 'arrived', 'doubled', 'told', 'lost'];
const EXPLAINED = { sent: 'accepted', arrived: 'arrived', doubled: 'doubled', told: 'told as dropped or in doubt',
  lost: 'lost without a word' };

export class Lane {
  /** @param open makes the socket; `queues` says that it accepts messages while not open */
  constructor(title, note, parent, { open, queues }) {
    this.queues = queues;
    this.open = open;
    this.counts = Object.fromEntries(COUNTS.map(name => [name, 0]));
    this.pending = new Map();
    this.roundTrips = [];
    this.history = [];
    this.next = 0;
    this.build(title, note, parent);
  }

  build(title, note, parent) {
    this.element = document.createElement('article');
    this.element.className = 'lane';
    const heading = document.createElement('h3');
    this.chip = document.createElement('span');
    this.chip.className = 'chip';
    heading.append(title, this.chip);
    const list = document.createElement('dl');
    list.className = 'counts';
    this.outputs = {};
    for (const name of COUNTS) {
      const box = document.createElement('div');
      const term = document.createElement('dt');
      const value = document.createElement('dd');
      value.dataset.count = name;
      term.textContent = EXPLAINED[name];
      box.append(term, value);
      list.append(box);
      this.outputs[name] = value;
    }
    this.strip = svg('svg', { class: 'strip', viewBox: `0 0 ${SPAN} 10`, preserveAspectRatio: 'none',
      role: 'img', 'aria-label': `${title}: its state over the last minute` });
    const caption = document.createElement('p');
    caption.className = 'caption';
    caption.textContent = note;
    this.element.append(heading, list, this.strip, caption);
    parent.append(this.element);
  }

  start() {
    this.socket = this.open();
    this.socket.addEventListener('message', event => this.arrived(event.data));
    return this.socket;
  }

  get state() {
    return this.socket ? STATES[this.socket.readyState] : 'CLOSED';
  }

  /** Called every 100 ms. */
  tick(now) {
    if (this.socket && (this.queues ? this.socket.readyState < 2 : this.socket.readyState === 1)) this.send(now);
    for (const [number, at] of this.pending) {
      // What is still queued is not lost; neither is what the socket has given its word about.
      if (this.socket.bufferedAmount > 0 || this.state === 'CONNECTING' || now - at < LOST_AFTER) break;
      this.pending.delete(number);
      this.counts.lost += 1;
    }
    const last = this.history.at(-1);
    if (last?.state === this.state) last.to = now;
    else this.history.push({ state: this.state, from: last?.to ?? now, to: now });
    while (this.history[0].to < now - SPAN) this.history.shift();
  }

  send(now) {
    const number = this.next++;
    this.pending.set(number, now);
    this.socket.send(String(number));
    this.counts.sent += 1;
  }

  arrived(data) {
    const number = Number(data), at = this.pending.get(number);
    if (at === undefined) {
      this.counts.doubled += 1;
      return;
    }
    this.pending.delete(number);
    this.counts.arrived += 1;
    this.roundTrips.push(performance.now() - at);
  }

  /** The socket said that this message was discarded, or may have been lost. */
  told(data) {
    if (this.pending.delete(Number(data))) this.counts.told += 1;
  }

  draw(now) {
    this.chip.textContent = this.chip.dataset.state = this.state;
    for (const name of COUNTS) {
      this.outputs[name].textContent = this.counts[name];
      this.outputs[name].parentElement.classList.toggle('bad', name === 'lost' && this.counts.lost > 0);
    }
    this.strip.replaceChildren(...this.history.map(({ state, from, to }) => svg('rect', {
      class: state, x: from - now + SPAN, width: Math.max(to - from, 1), y: state === 'OPEN' ? 0 : 5, height: 10,
    })));
  }
}
