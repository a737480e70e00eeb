// The inside of a steady socket: takes the application's calls to the core, and carries out what the core asks for.

import { Destination, address } from "./address.js";
import { Callbacks } from "./callbacks.js";
import { arm, disarm, now } from "./clock.js";
import { Connection } from "./connection.js";
import { copy, message, mutable, size } from "./convert.js";
import { core, freed, keep, put, spell } from "./core.js";
import { round } from "./effects.js";
import { Handlers, dispatch, emit } from "./events.js";
import { over, refusal } from "./exceptions.js";
import { works } from "./failure.js";
import { Listeners } from "./listeners.js";
import { objection, read } from "./options.js";
import { track } from "./outcomes.js";
import { join, leave } from "./page.js";
import { readable, writable } from "./streams.js";
import { Flushes, Waiting } from "./waiting.js";
import {
  ANNOUNCED,
  ATTEMPTS,
  BUFFERED_AMOUNT,
  CLOSE,
  CONNECT,
  DEADLINE,
  DIALED,
  EVENT_DRAIN,
  EVENT_OPEN,
  GIVE_UP,
  NOT_DIALED,
  NOT_DIALED_FORBIDDEN,
  NOT_DIALED_PROVIDER,
  OVER,
  OVER_CLEANLY,
  PRESSED,
  READY_STATE,
  SEND,
  TERMINATE,
  WATCH,
} from "./numbers.js";
import { EVENTS, STATS } from "./words.js";

const { addEventListener, removeEventListener } = EventTarget.prototype;

export class Steady extends Callbacks {
  /** The number of the last attempt, and what was thrown if no connection could be begun. */
  attempt = 0;
  thrown;
  lastFailure = null;
  #destination;
  #inbound;
  /** `readable`, and what it is given; `writable`. */
  #reader;
  #writable;
  /** How the socket ended. */
  #end;
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
  /** How to resolve the fates of messages that are tracked, by their tickets. */
  fates = new Map();
  /** Up to which ticket `flushed()` has reported. */
  reported = 0;
  #waiting = new Waiting();
  /** The question to the application that is not answered yet. */
  #question;
  #abort = () => this.do(TERMINATE);

  constructor(socket, url, protocols, options) {
    super();
    const { fields, numbers, inbound } = read(options);
    this.#destination = new Destination(url, protocols);
    for (const number of numbers) put(number);
    this.handle = core.make(true, Math.random() * 2 ** 53);
    if (this.handle < 0) objection(~this.handle);
    this.fields = fields;
    // The core cares for what arrives if silence means something, or if it writes a trace.
    this.tells = "heartbeat.interval" in fields || core.trace;
    this.#inbound = inbound;
    this.socket = socket;
    this.binaryType = "blob";
    this.protocol = this.extensions = "";
    this.#listeners = new Listeners(socket);
    freed.register(socket, this.handle);
  }

  connect() {
    const { signal } = this.fields;
    if (signal?.aborted) return this.do(TERMINATE);
    signal?.addEventListener("abort", this.#abort);
    join(this);
    this.do(CONNECT);
  }

  /** Takes an input to the core. What the application is to hear of it is only queued. */
  act(verb, a = 0, b = 0, c = 0) {
    // Only messages come in bursts: a deadline is not to suffer from how long a task runs.
    const at = verb === SEND ? now() : performance.now();
    const answer = round(this, at, verb, a, b, c);
    if (answer >= 0) this.state = answer;
    this.arm();
    return answer;
  }

  /** The same for what does not come from the application: it hears of it at once. */
  react(verb, a, b, c) {
    this.act(verb, a, b, c);
    this.run();
  }

  arm() {
    arm(this, this.learn(DEADLINE));
  }

  learn(question, a = 0) {
    return core.look(this.handle, question, a);
  }

  // ---- what the application does -----------------------------------------------------------------------

  /** The same, and throws if the core refuses. */
  do(verb, a, b, c) {
    const answer = this.act(verb, a, b, c);
    if (answer < 0) throw refusal(answer, a);
  }

  get url() {
    return this.#destination.href;
  }

  get bufferedAmount() {
    return this.learn(BUFFERED_AMOUNT, this.sample());
  }

  get readyState() {
    this.#connection?.catchUp();
    return this.learn(READY_STATE);
  }

  get(socket, name) {
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
    // As the platform ignores it: `messages.forEach(socket.send, socket)`.
    if (Object(wishes) === wishes) return track(this, payload, bytes, wishes);
    this.do(SEND, bytes, keep(payload));
  }

  close(socket, code, reason) {
    this.#connection?.catchUp();
    spell(reason ?? "");
    this.do(CLOSE, code ?? -1);
  }

  terminate() {
    this.do(TERMINATE);
  }

  ready() {
    if (this.readyState > 1) return Promise.reject(over());
    return this.learn(PRESSED) ? this.#waiting.wait() : Promise.resolve();
  }

  flushed() {
    return this.flush(this);
  }

  flush(consumer) {
    return this.flushes.begin(consumer, this.learn.bind(this), () => this.act(WATCH));
  }

  stats() {
    const stats = { receivedMessages: this.#received, receivedBytes: this.#receivedBytes };
    STATS.forEach((name, place) => {
      stats[name] = this.learn(ATTEMPTS + place);
    });
    stats.dropped = this.#dropped;
    if (stats.roundTrip < 0) stats.roundTrip = undefined;
    return stats;
  }

  readable() {
    if (!this.#reader) {
      this.#reader = readable(this, this.#inbound);
      if (this.#end) this.#reader.finish(this.#end);
    }
    return this.#reader.stream;
  }

  writable() {
    return (this.#writable ??= writable(this));
  }

  // ---- what the page and the connection say ------------------------------------------------------------

  deliver(event, size) {
    this.#received++;
    this.#receivedBytes += size;
    // First: a listener may end the socket, and this arrived before.
    if (this.#reader) this.#dropped += this.#reader.collect(event.data, size);
    this.#listeners.deliver(event);
  }

  over(attempt, { code, reason, wasClean }, unsent) {
    this.#connection = undefined;
    spell(reason);
    this.react(wasClean ? OVER_CLEANLY : OVER, attempt, unsent, code);
  }

  // ---- what the core asks for --------------------------------------------------------------------------

  dial(attempt) {
    const destination = this.#destination;
    this.attempt = attempt;
    this.thrown = undefined;
    if (destination.known) return this.#connect(attempt, ...destination.known);
    this.ask(
      (init) => destination.ask(attempt, init),
      (found) => this.#connect(attempt, ...found),
      (cause) => this.#notDialed(attempt, cause, NOT_DIALED_PROVIDER),
    );
  }

  #connect(attempt, url, protocols) {
    const destination = this.#destination;
    try {
      destination.href = address(url, protocols);
      this.#connection = new Connection(this, attempt, this.url, protocols);
    } catch (cause) {
      // What is refused once is refused always; a provider may have another address next time.
      return this.#notDialed(attempt, cause, NOT_DIALED_FORBIDDEN + !!destination.known);
    }
    this.react(DIALED, attempt);
  }

  /** A provider failed, or the platform refused the address: nobody's exception, but not a secret either. */
  #notDialed(attempt, cause, why) {
    this.later(() => console.warn("steady-websocket: no connection could be begun.", cause));
    this.thrown = cause;
    this.react(NOT_DIALED, attempt, why);
  }

  /** Asks a function of the application's. If its answer is of no use any more, its signal is aborted, and nothing else. */
  ask(call, answer, fail) {
    this.withdraw();
    const question = new AbortController();
    this.#question = question;
    const wanted = (then) => (value) => {
      if (this.#question !== question) return;
      this.#question = undefined;
      then(value);
    };
    this.later(() => {
      if (this.#question !== question) return;
      (async () => call({ signal: question.signal }))().then(wanted(answer), wanted(fail));
    });
  }

  /** Nobody waits for the answer any more. */
  withdraw() {
    const question = this.#question;
    if (!question) return;
    this.#question = undefined;
    this.later(() => question.abort());
  }

  transmit(payload) {
    this.#connection?.send(payload);
  }

  sample() {
    return this.#connection?.sample() ?? 0;
  }

  hangup(code, reason) {
    this.withdraw();
    this.#connection.hangup(code, reason);
  }

  abandon() {
    const unsent = this.#connection?.abandon();
    this.#connection = undefined;
    return unsent;
  }

  tell(kind) {
    this.later(() => emit(this.socket, EVENTS[kind]));
    if (kind === EVENT_DRAIN) this.#waiting.resolve();
    if (kind !== EVENT_OPEN) return;
    ({ protocol: this.protocol, extensions: this.extensions } = this.#connection);
    works(this.url);
    const { attempt } = this;
    this.later(() => this.act(ANNOUNCED, attempt));
  }

  reconnecting(members) {
    this.withdraw();
    this.later(() => {
      if (!emit(this.socket, "reconnecting", members, { cancelable: true })) this.act(GIVE_UP);
    });
  }

  /** Those that are discarded one after another are told in one event. */
  discard(message) {
    const { last } = this;
    if (last?.discarded) return void last.discarded.push(message);
    const messages = [message];
    const callback = () => emit(this.socket, "discard", { messages });
    callback.discarded = messages;
    this.later(callback);
  }

  ended(closure) {
    leave(this);
    disarm();
    this.withdraw();
    this.#waiting.reject(over);
    this.#end = closure;
    this.#reader?.finish(closure);
    // Node 22 has no CloseEvent.
    this.later(() =>
      globalThis.CloseEvent
        ? dispatch(this.socket, new CloseEvent("close", closure))
        : emit(this.socket, "close", closure),
    );
    const { signal } = this.fields;
    if (signal) this.later(() => signal.removeEventListener("abort", this.#abort));
  }
}
