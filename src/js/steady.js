// The inside of a steady socket: takes the application's calls to the core, and carries out what the core asks for.

import { Destination } from "./address.js";
import { arm, disarm, now } from "./clock.js";
import { Connection } from "./connection.js";
import { copy, message, mutable, size } from "./convert.js";
import { core, freed, keep, live, put, spell } from "./core.js";
import { Handlers, fire, tell as announce } from "./events.js";
import { lost, over, refusal } from "./exceptions.js";
import { Diagnosis } from "./failure.js";
import { Flushes } from "./flushes.js";
import { Listeners } from "./listeners.js";
import { objection, read } from "./options.js";
import { Outcomes, track } from "./outcomes.js";
import { join, leave } from "./page.js";
import { streams } from "./streams.js";
import { Telling } from "./telling.js";
import { Waiting } from "./waiting.js";
import {
  ANNOUNCED,
  ATTEMPTS,
  AWAITS,
  BUFFERED_AMOUNT,
  CLOSE,
  CONNECT,
  DEADLINE,
  DIALED,
  GIVE_UP,
  LOST_SINCE,
  NEXT_TICKET,
  NOT_DIALED,
  OVER,
  OVER_CLEANLY,
  PRESSED,
  READY_STATE,
  SEND,
  TERMINATE,
  WATCH,
} from "./verbs.js";

/** What the core tells of: `steady.rs` numbers them. */
const OPEN = 0;
const DRAIN = 2;
const STATS = [
  "attempts",
  "connections",
  "sentMessages",
  "sentBytes",
  "discarded",
  "inDoubt",
  "queuedMessages",
  "queuedBytes",
];

const { addEventListener, removeEventListener } = EventTarget.prototype;

export class Steady {
  diagnosis = new Diagnosis();
  #destination;
  #inbound;
  /** What the application was given: the core is not told of every message. */
  #received = 0;
  #receivedBytes = 0;
  /** How many received messages were dropped unread. */
  #dropped = 0;
  #connection;
  #handlers = new Handlers((adds, type, listener) => this.listen(this.socket, adds, type, listener));
  #listeners;
  /** When its turn is: `clock.js`. */
  due = Infinity;
  flushes = new Flushes();
  outcomes = new Outcomes();
  /** Up to which ticket `flushed()` has reported. */
  #reported = 0;
  #streams;
  #telling = new Telling();
  #waiting = new Waiting();
  #abort = () => this.do(TERMINATE);

  constructor(socket, url, protocols, options) {
    const { fields, numbers, inbound } = read(options);
    this.#destination = new Destination(url, protocols);
    for (const number of numbers) put(number);
    this.handle = core.make(true, Math.random() * 2 ** 53);
    if (this.handle < 0) objection(-1 - this.handle);
    this.fields = fields;
    // The core cares for what arrives if silence means something, or if it writes a trace.
    this.tells = "heartbeat.interval" in fields || core.trace;
    this.#inbound = inbound;
    this.socket = socket;
    this.binaryType = "blob";
    this.protocol = this.extensions = "";
    this.#listeners = new Listeners(socket);
    // The core's effects find it by its number; the object itself is held only until the end.
    live[this.handle] = this;
    freed.register(socket, this.handle);
  }

  connect() {
    const { signal } = this.fields;
    if (signal?.aborted) return this.do(TERMINATE);
    signal?.addEventListener("abort", this.#abort);
    join(this);
    this.do(CONNECT);
  }

  act(verb, a = 0, b = 0, c = 0) {
    // Only messages come in bursts: a deadline is not to suffer from how long a task runs.
    const at = verb === SEND ? now() : performance.now();
    const answer = core.steady(this.handle, at, verb, a, b, c);
    if (answer >= 0) this.state = answer;
    this.#tellDiscarded();
    this.arm();
    return answer;
  }

  arm() {
    arm(this, this.learn(DEADLINE));
  }

  learn(question, a = 0) {
    return core.look(this.handle, question, a);
  }

  // ---- what the application does -----------------------------------------------------------------------

  call(verb, a, b) {
    this.#telling.calls++;
    const answer = this.act(verb, a, b);
    this.#telling.calls--;
    return answer;
  }

  do(verb) {
    const answer = this.call(verb);
    if (answer < 0) throw refusal(answer);
  }

  readyState() {
    this.#connection?.catchUp();
    return this.learn(READY_STATE);
  }

  get(socket, name) {
    if (name === "readyState") return this.readyState();
    if (name === "bufferedAmount") return this.learn(BUFFERED_AMOUNT, this.sample());
    if (name === "url") return this.#destination.href;
    return name.startsWith("on") ? this.#handlers.get(name) : this[name];
  }

  set(socket, name, value) {
    if (name !== "binaryType") return this.#handlers.set(name, value);
    if (value !== "blob" && value !== "arraybuffer") return;
    this.binaryType = value;
    if (this.#connection) this.#connection.binaryType = value;
  }

  listen(socket, adds, type, ...rest) {
    if (type === "message") this.#listeners[adds ? "add" : "remove"](...rest);
    else (adds ? addEventListener : removeEventListener).call(socket, type, ...rest);
  }

  send(socket, data, wishes) {
    const given = message(data);
    const bytes = size;
    // What waits must not change any more, and what was handed over may come back unsent.
    const payload = mutable ? copy(given) : given;
    this.#connection?.catchUp();
    if (wishes !== undefined) return track(this, payload, bytes, wishes);
    const answer = this.call(SEND, bytes, keep(payload));
    if (answer < 0) throw refusal(answer);
  }

  close(socket, code, reason) {
    this.#connection?.catchUp();
    spell(reason ?? "");
    const answer = this.call(CLOSE, code ?? -1);
    if (answer < 0) throw refusal(answer, code);
  }

  terminate() {
    this.do(TERMINATE);
  }

  ready() {
    if (this.readyState() > 1) return Promise.reject(over());
    return this.learn(PRESSED) ? this.#waiting.wait(1 << DRAIN) : Promise.resolve();
  }

  flushed() {
    const loss = this.learn(LOST_SINCE, this.#reported);
    const before = this.learn(NEXT_TICKET);
    this.#reported = before;
    if (loss >= 0) return Promise.reject(lost(Math.floor(loss / 8), loss % 8));
    const waiting = this.flushes.wait(before);
    this.do(WATCH);
    return waiting;
  }

  stats() {
    const stats = { receivedMessages: this.#received, receivedBytes: this.#receivedBytes };
    STATS.forEach((name, place) => {
      stats[name] = this.learn(ATTEMPTS + place);
    });
    const roundTrip = this.learn(ATTEMPTS + STATS.length);
    stats.dropped = this.#dropped;
    stats.roundTrip = roundTrip < 0 ? undefined : roundTrip;
    return stats;
  }

  streams(socket) {
    return (this.#streams ??= streams(socket, this.#inbound, () => this.#dropped++));
  }

  // ---- what the page and the connection say ------------------------------------------------------------

  page(what) {
    this.act(what);
  }

  deliver(event, size) {
    this.#received++;
    this.#receivedBytes += size;
    this.#telling.flush();
    this.#listeners.deliver(event);
  }

  letGo() {
    this.#connection = undefined;
  }

  over(attempt, closure, unsent) {
    const { code, reason, wasClean } = closure;
    spell(reason);
    this.act(wasClean ? OVER_CLEANLY : OVER, attempt, unsent, code);
  }

  // ---- what the core asks for --------------------------------------------------------------------------

  async dial(attempt) {
    this.diagnosis.dialing(attempt);
    let href;
    try {
      const next = this.#destination.next(attempt);
      const [found, protocols] = next.then ? await next : next;
      if (!this.learn(AWAITS, attempt)) return;
      href = this.#destination.href = found;
      this.#connection = new Connection(this, attempt, href, protocols);
      this.act(DIALED, attempt);
    } catch (cause) {
      this.#notBegun(attempt, cause, href);
    }
  }

  /** A provider failed, or the platform refused the address: nobody's exception, but not a secret either. */
  #notBegun(attempt, cause, href) {
    console.warn("steady-websocket: no connection could be begun.", cause);
    // A provider that is late has been given up already.
    if (!href && !this.learn(AWAITS, attempt)) return;
    this.diagnosis.thrown = cause;
    // What the platform refuses once it refuses always; a provider may have another address next time.
    this.act(NOT_DIALED, attempt, href ? 1 + this.#destination.fixed : 0);
  }

  transmit(payload) {
    this.#connection?.send(payload);
  }

  sample() {
    return this.#connection?.sample() ?? 0;
  }

  hangup(code, reason) {
    this.#connection.hangup(code, reason);
  }

  abandon() {
    const unsent = this.#connection?.abandon();
    this.letGo();
    return unsent;
  }

  failed(phase, closure, took, cause) {
    const everOpened = this.learn(ATTEMPTS + 1) > 0;
    this.diagnosis.failed(this.#destination.href, phase, closure, took, cause, everOpened);
  }

  tell(kind) {
    if (kind === OPEN) {
      ({ protocol: this.protocol, extensions: this.extensions } = this.#connection);
      this.diagnosis.opened(this.#destination.href);
    }
    const { attempt } = this.diagnosis;
    this.#later(() => {
      fire(this.socket, new Event(["open", "error", "drain"][kind]));
      if (kind === OPEN) this.act(ANNOUNCED, attempt);
      if (kind === DRAIN) this.#waiting.settle(1 << kind);
    });
  }

  reconnecting(members) {
    this.#later(() => {
      if (!announce(this.socket, "reconnecting", members, { cancelable: true })) this.do(GIVE_UP);
    });
  }

  ended(members) {
    this.#later(() => {
      live[this.handle] = undefined;
      leave(this);
      disarm();
      this.fields.signal?.removeEventListener("abort", this.#abort);
      this.#waiting.settle(0);
      // Node 22 has none.
      if (globalThis.CloseEvent) fire(this.socket, new CloseEvent("close", members));
      else announce(this.socket, "close", members);
    });
  }

  #later(say) {
    this.#tellDiscarded();
    this.#telling.later(say);
  }

  /** At the end of the round, or before what comes next. */
  #tellDiscarded() {
    const messages = this.outcomes.takeDiscarded();
    if (messages.length) this.#telling.later(() => announce(this.socket, "discard", { messages }));
  }
}
