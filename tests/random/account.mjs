// Judges one socket: what its peer received, its events, and its promises.

import { world } from "./world.mjs";

const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
/** A promise that could be settled for so long is late. */
const PATIENCE = 5_000;

/** DESIGN.md, "The protocol of events": from which states an event may come, and where it leads. */
const GRAMMAR = {
  steady: {
    open: [["fresh", "down"], "open"],
    message: [["open"], "open"],
    reconnecting: [["fresh", "down", "open"], "down"],
    error: [["fresh", "down", "open"], "failed"],
    close: [["fresh", "down", "open", "failed"], "over"],
  },
  strict: {
    open: [["fresh"], "open"],
    message: [["open"], "open"],
    drain: [["open"], "open"],
    error: [["fresh", "open"], "failed"],
    close: [["fresh", "open", "failed"], "over"],
  },
};

/** What a heartbeat or a gate sends; not a message of the application. */
const DIRECT = { direct: true };

export class Account {
  socket;
  state = "fresh";
  /** Everything that was to be sent. */
  messages = [];
  lines = [];
  /** Promises of `ready()` and `flushed()` that are not settled. */
  readies = [];
  flushes = [];
  /** Other promises of the package's that must be settled in the end. */
  promises = new Set();
  /** What arrived and was dispatched. */
  arrived = [];
  /** The place of the next one that `readable` is to give, once it was asked for. */
  read;
  opens = 0;
  /** How many messages were said to be discarded: in doubt, and otherwise. */
  discards = { inDoubt: 0, others: 0 };
  #stirred = -1;
  order = 0;
  /** Whether the number of messages accepted is known: a stream does not say when it sends. */
  counted = true;
  tickets = 0;
  /** Messages said to be in doubt since the last loss. */
  inDoubt = 0;
  closure;

  constructor(life, id, kind) {
    Object.assign(this, { life, id, kind, name: `${kind === "steady" ? "S" : "W"}${id}`, grammar: GRAMMAR[kind] });
  }

  /** The task in which its state was last changed by anything but its connection. */
  get stirred() {
    return this.#stirred;
  }

  set stirred(task) {
    this.#stirred = task;
    // What was thrown in this task may come too late to matter.
    for (const error of this.life.errors) if (error.account === this && error.task === task) error.expected = "maybe";
  }

  fail(text) {
    world.fail(`${this.name}: ${text}`);
  }

  get isOver() {
    return this.state === "over";
  }

  get line() {
    return this.lines.at(-1);
  }

  // ---- connections -------------------------------------------------------------------------------------

  dialed(line) {
    line.owner = this;
    line.name = `${this.name}.${this.lines.length + 1}`;
    world.note(`native ${line.name}: made`);
    this.backBy = undefined;
    if (this.isOver) this.fail("a connection is made after close");
    if (this.lines.some((other) => other.isLive)) this.fail("two live connections");
    this.lines.push(line);
  }

  /** The native socket was given this: whose message it is. */
  transmitted(line, data, size) {
    const message = this.life.identify(this, data);
    if (message === undefined) return this.fail(`the peer is sent what nobody sent: ${String(data).slice(0, 20)}`);
    if (message === DIRECT) return message;
    const wrong = (text) => this.fail(`message ${message.id} ${text}`);
    if (message.owner !== this) wrong(`of ${message.owner.name} goes to the peer of ${this.name}`);
    if (!message.matches(data, size)) wrong("has changed on its way");
    if (message.silent) wrong("is sent, though it was accepted after close()");
    if (message.refused) wrong("is sent, though it was refused");
    if (message.reason) wrong(`is sent, though it was discarded (${message.reason})`);
    if (message.begun) wrong("is sent again, though bytes of it had left");
    if (message.left) wrong("is sent again, though it had left");
    if (message.line === line) wrong("is sent twice on one connection");
    if (this.kind === "steady" && !line.told) wrong("is sent before open was dispatched");
    if (this.kind === "steady" && this.gated && line.gate !== "open") wrong("is sent before beforeFlush was done");
    message.order ??= this.order++;
    // What a stream sends shows only now.
    message.accepted = true;
    const before = this.messages.find((other) => other.order > message.order && (other.line === line || other.begun));
    if (before) wrong(`is sent after message ${before.id}, which is younger`);
    message.line = line;
    return message;
  }

  begun(message, line) {
    if (!message || message.direct) return;
    if (message.line !== line) this.fail(`message ${message.id} leaves by an old connection, and was taken back`);
    if (message.reason && message.reason !== "in-doubt") {
      this.fail(`message ${message.id} leaves, and was said to be discarded (${message.reason})`);
    }
    message.begun = line;
  }

  left(message, line) {
    if (message && !message.direct) message.left = line;
  }

  ended() {
    this.weigh();
  }

  // ---- messages ----------------------------------------------------------------------------------------

  accepted(message, silent) {
    message.accepted = true;
    message.order ??= this.order++;
    message.ticket = this.tickets++;
    message.silent = silent;
    if (silent && message.line) this.fail(`message ${message.id} was sent, and is counted as sent after the end`);
  }

  refused(message) {
    message.refused = true;
    if (message.line || message.reason) this.fail(`message ${message.id} was refused by an exception and sent`);
  }

  discarded({ data, reason, ticket }) {
    const message = this.life.identify(this, data, ticket);
    if (!message || message === DIRECT) return this.fail(`discard tells of what nobody sent: ${String(data).slice(0, 20)}`);
    const wrong = (text) => this.fail(`message ${message.id} is discarded (${reason}), ${text}`);
    if (message.owner !== this) wrong(`and is ${message.owner.name}'s`);
    if (message.reason) wrong(`and was already (${message.reason})`);
    if (message.refused) wrong("and was refused");
    if (message.silent) wrong("and was sent after the end");
    if (!message.matches(data)) wrong("and its data has changed");
    if (this.counted && message.ticket !== undefined && message.ticket !== ticket) wrong(`with ticket ${ticket}, not ${message.ticket}`);
    if (message.fate && message.fate !== reason) wrong(`and its fate was ${message.fate}`);
    message.reason = reason;
    message.toldIn = world.task;
    message.accepted = true;
    if (reason === "in-doubt") {
      this.inDoubt++;
      this.discards.inDoubt++;
      if (!message.line) wrong("and was never handed to a connection");
      else if (message.line.known && !message.begun && message.size && !message.line.closeCalled && !message.line.wasFrozen) wrong("and not a byte of it had left");
    } else {
      this.discards.others++;
      if (message.begun) wrong("and bytes of it have left");
    }
  }

  fated(message, fate) {
    world.note(`fate of ${message.id}: ${fate}`);
    message.fate = fate;
    const wrong = (text) => this.fail(`the fate of message ${message.id} is ${fate}, ${text}`);
    if (message.refused) wrong("and it was refused");
    else if (fate === "handed-over") {
      if (!message.left) wrong("and it has not left");
      if (message.reason) wrong(`and it was discarded (${message.reason})`);
    } else if (message.silent) {
      if (fate !== "closed") wrong("and it was sent after the end");
    } else if (message.reason && message.reason !== fate) wrong(`and it was discarded (${message.reason})`);
    this.life.reenter("fate.then");
  }

  /** Accepted messages without a fate yet. */
  undecided() {
    return this.messages.filter((one) => one.accepted && !one.silent && !one.reason && !one.left && !one.fate && !one.cancelled && !this.#kept(one));
  }

  /** A strict socket's bytes that never left stay in `bufferedAmount`. */
  #kept(message) {
    return this.kind === "strict" && message.line?.state === CLOSED;
  }

  /** Those among them that wait in the queue. */
  queued() {
    return this.undecided().filter(({ line }) => !line || line.state === CLOSED || line !== this.line);
  }

  // ---- promises ----------------------------------------------------------------------------------------

  pressure() {
    const { line } = this;
    // Collected promises do not count.
    const native = line?.isLive || this.socket.readyState === CLOSING ? line.unsent : 0;
    return this.queued().reduce((sum, { size }) => sum + size, native);
  }

  /** Notes for each `ready()` whether the pressure has been off since it was asked. */
  weigh() {
    // A closing handshake takes its time while the buffer drains.
    this.closingSince = undefined;
    if (!this.readies.length) return;
    if (this.pressure() <= this.low) for (const one of this.readies) one.relieved = true;
  }

  ready(promise) {
    // Messages may be discarded already, and not reported yet.
    const entry = { relieved: this.pressure() <= this.high || this.hasUntold(), before: this.order };
    this.readies.push(entry);
    const done = (how) => {
      this.weigh();
      this.readies.splice(this.readies.indexOf(entry), 1);
      world.note(`${this.name}.ready() ${how}`);
      const left = this.undecided().reduce((sum, { order, size }) => sum + (order < entry.before ? size : 0), 0);
      if (how === "resolves" && !entry.relieved && left > this.low) this.fail(`ready() resolves under pressure: ${left} bytes`);
      if (how === "rejects" && this.socket.readyState < 2) this.fail("ready() rejects, and the socket goes on");
      this.life.reenter("ready().then");
    };
    promise.then(() => done("resolves"), (cause) => this.#rejected(cause, () => done("rejects")));
  }

  /** What was accepted before, in the order of acceptance. */
  flushed(promise, what = "flushed()") {
    const waited = this.undecided();
    // Earlier losses do not count for this flush, even if they are not reported yet.
    const untold = this.hasUntold() ? world.task : undefined;
    const entry = { waited, chunks: this.messages.filter(({ kind, left, reason }) => kind === "chunk" && !left && !reason), what };
    this.flushes.push(entry);
    const done = (how) => {
      this.flushes.splice(this.flushes.indexOf(entry), 1);
      world.note(`${this.name}.${what} ${how}`);
      const lost = waited.find((message) => (message.reason ? message.toldIn !== untold : !message.left));
      if (how === "resolves" && lost) {
        this.fail(`${what} resolves, and message ${lost.id} ${lost.reason ? `was lost (${lost.reason})` : "has not left"}`);
      }
      if (how === "rejects" && !this.losses() && !this.messages.some(({ silent }) => silent) && this.socket.readyState < 2) {
        this.fail(`${what} rejects, and nothing was lost`);
      }
      this.life.reenter("flushed().then");
    };
    promise.then(() => done("resolves"), (cause) => this.#rejected(cause, () => done("rejects")));
  }

  /** How many messages are lost, reported or not. */
  losses() {
    if (this.kind === "strict") return 0;
    const { discarded, inDoubt } = this.socket.stats();
    return discarded + inDoubt;
  }

  hasUntold() {
    return this.losses() > this.discards.inDoubt + this.discards.others;
  }

  #rejected(cause, done) {
    if (!(cause instanceof DOMException)) this.fail(`a promise is rejected with ${cause?.stack ?? cause}`);
    done();
  }

  /** A promise of a stream's: `then` judges what it says. */
  expect(what, promise, then, otherwise) {
    const entry = { what };
    this.promises.add(entry);
    promise.then(
      (value) => {
        this.promises.delete(entry);
        world.note(`${this.name}: ${what} resolves`);
        then?.(value);
      },
      (cause) => {
        this.promises.delete(entry);
        world.note(`${this.name}: ${what} rejects: ${cause}`);
        otherwise?.(cause);
      },
    );
  }

  // ---- events ------------------------------------------------------------------------------------------

  heard(event) {
    const { type } = event;
    const state = this.socket.readyState;
    world.note(`${this.name} hears ${type}${type === "discard" ? `: ${event.messages.map(({ ticket, reason }) => `${ticket} ${reason}`)}` : ""}${type === "close" ? ` ${event.code} ${event.wasClean}` : ""}`);
    if (event.target !== this.socket || event.currentTarget !== this.socket) this.fail(`${type} has another target`);
    if (world.inside.length) this.fail(`${type} is dispatched inside ${world.inside.join(" in ")}`);
    if (this.isOver) return this.fail(`${type} after close`);
    if (type === "discard" || (type === "drain" && this.kind === "steady")) {
      if (this.state === "failed") this.fail(`${type} between error and close`);
      if (type === "discard") for (const one of event.messages) this.discarded(one);
      return this.weigh();
    }
    const [from, to] = this.grammar[type];
    if (!from.includes(this.state)) this.fail(`${type} after ${this.state}`);
    const failed = this.state === "failed";
    this.state = to;
    if (type === "open") {
      this.opens++;
      this.line.told = true;
    }
    this.#inState(type, state);
    if (type === "reconnecting") {
      if (event.inDoubt !== this.inDoubt) this.fail(`reconnecting: ${event.inDoubt} in doubt, and ${this.inDoubt} were told`);
      this.inDoubt = 0;
      this.askedAt = undefined;
      this.backBy = world.online && !this.life.stowed && !this.line?.isLive ? world.now + event.delay : undefined;
      if (this.socket.lastFailure?.code !== event.code) this.fail("reconnecting, and lastFailure tells of something else");
    }
    if (type === "message") this.#arrived(event.data);
    if (type === "close") this.#closed(event, failed);
  }

  #arrived(data) {
    this.told++;
    if (data !== this.coming) this.fail("a message is told that did not come");
    this.arrived.push(data);
    this.arrivedIn = world.task;
  }

  #inState(type, state) {
    const wanted = { open: 1, message: 1, reconnecting: 0, error: 3, close: 3 }[type];
    if (wanted === undefined || wanted === state) return;
    // The effect of a handler or of the page is visible immediately; its events come after this one.
    const excused = this.stirred === world.task && (type === "open" || type === "reconnecting");
    // WebKit fails in two steps, and the strict class is the platform's own.
    if (!excused && !(this.kind === "strict" && type === "error")) this.fail(`${type} while readyState is ${state}`);
  }

  #closed({ code, wasClean }, failed) {
    this.closure = { code, wasClean };
    if (this.kind === "steady" && failed === wasClean) this.fail(`close (clean: ${wasClean}) ${wasClean ? "after" : "without"} error`);
    if (code === 4009 && this.read === undefined) this.fail("closed with 4009, and nobody asked for readable");
  }

  /** Between tasks: what must hold whenever nothing is under way. */
  rest() {
    if (!this.socket) return;
    const live = this.lines.filter((line) => line.isLive);
    if (live.length > 1) this.fail("two live connections");
    if (this.isOver && live.length) this.fail("a live connection after close");
    const state = this.socket.readyState;
    if ((state === CLOSED) !== this.isOver && !(this.kind === "strict" && this.line?.failed)) {
      this.fail(`readyState is ${state}, and close was ${this.isOver ? "" : "not "}told`);
    }
    if (state === OPEN && this.state !== "open") this.fail(`readyState is OPEN after ${this.state}`);
    this.#patience(state);
    if (this.kind === "steady" && this.counted && world.chance.is(0.1)) this.#amounts();
  }

  /** `bufferedAmount` and `stats()`, as far as they can be known from outside. */
  #amounts() {
    const sum = (messages) => messages.reduce((bytes, { size }) => bytes + size, 0);
    const { socket, line } = this;
    const state = socket.readyState;
    const queued = state === CLOSED ? [] : this.queued();
    const native = state < CLOSED && (line?.isLive || state === CLOSING) ? line.seen : 0;
    const never = this.messages.filter(({ accepted, silent, reason }) => accepted && (silent || reason === "closed"));
    const stats = socket.stats();
    const due = {
      bufferedAmount: sum(queued) + native + sum(never),
      queuedMessages: queued.length,
      queuedBytes: sum(queued),
      receivedMessages: this.arrived.length,
      connections: this.opens,
      discarded: this.discards.others,
      inDoubt: this.discards.inDoubt,
    };
    for (const [name, value] of Object.entries({ bufferedAmount: socket.bufferedAmount, ...stats })) {
      if (name in due && value !== due[name]) this.fail(`${name} is ${value}, and should be ${due[name]}`);
    }
  }

  forgive() {
    for (const entry of this.flushes) entry.since = undefined;
    this.closingSince = this.flowsSince = this.askedAt = this.backBy = undefined;
  }

  /** What could go on and does not. */
  #patience(state) {
    if (state > 1) this.backBy = this.askedAt = undefined;
    if (this.backBy + 1 < world.rang) this.fail(`does not come back: reconnecting promised it for ${this.backBy}`);
    if (this.askedAt + this.connectTimeout + 1_000 < world.rang) this.fail("retry was asked, and nothing follows");
    if (this.kind === "strict" || state !== CLOSING) this.closingSince = undefined;
    else if ((this.closingSince ??= world.now) + this.closeTimeout + 1_000 < world.rang) this.fail("close() has no end");
    for (const entry of this.flushes) {
      // An empty message at the boundary of what has left may be on either side; a stream does not report what it has
      // sent.
      const isVague = ({ size, line }) => size === 0 && line === this.line;
      const known = [...entry.waited, ...entry.chunks].every(({ left }) => left) && !this.messages.some(isVague);
      if (!known || state !== OPEN || this.line.unheard) entry.since = undefined;
      else if ((entry.since ??= world.now) + PATIENCE < world.rang) this.fail(`${entry.what} waits, and all before it has left`);
    }
    const { line } = this;
    const flows = this.kind === "steady" && state === OPEN && line.state === OPEN && !line.seen;
    if (!flows || (this.gated && line.gate !== "open") || !this.queued().length) this.flowsSince = undefined;
    else if ((this.flowsSince ??= world.now) + PATIENCE < world.rang) this.fail("messages are queued on an open, empty connection");
  }

  /** At the end of a life. */
  finish() {
    if (!this.socket) return;
    if (!this.isOver) return this.fail("does not end");
    if (this.readies.length) this.fail("ready() is never settled");
    if (this.flushes.length) this.fail(`${this.flushes[0].what} is never settled`);
    for (const { what } of this.promises) this.fail(`${what} is never settled`);
    for (const message of this.messages) this.#account(message);
  }

  #account(message) {
    const { accepted, silent, reason, fate, left, tracked, id } = message;
    if (!accepted) return;
    if (!silent && !reason && !left && !this.#kept(message)) this.fail(`message ${id} is lost, and nobody was told`);
    if (message.cancelled && reason !== "cancelled") this.fail(`message ${id} was cancelled, and is ${reason ?? "handed over"}`);
    if (!tracked) return;
    const due = silent ? "closed" : (reason ?? "handed-over");
    if (fate !== due) this.fail(`the fate of message ${id} is ${fate ?? "not told"}, and should be ${due}`);
  }
}

export { DIRECT };
