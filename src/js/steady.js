// The internals of a steady socket: passes calls to the core, and performs its effects.

import { Destination, address } from "./address.js";
import { Callbacks } from "./callbacks.js";
import { now, schedule, unschedule } from "./clock.js";
import { Connection } from "./connection.js";
import { convertMessage, copy, isMutable, messageSize, reuse, take, utf8Length } from "./convert.js";
import { core, finalizers, platform, requireCore, setInputText, writeNumber } from "./core.js";
import { runRound } from "./effects.js";
import { Handlers, dispatchClose, emit } from "./events.js";
import { closedError, refusal } from "./exceptions.js";
import { rememberAddress } from "./failure.js";
import { Listeners } from "./listeners.js";
import { throwConfigError, read } from "./options.js";
import { readRules, sendTracked } from "./tracking.js";
import { subscribe, unsubscribe } from "./page.js";
import { readable, writable } from "./streams.js";
import { FlushPromises, Promises } from "./waiting.js";
import {
  ANNOUNCED,
  ATTEMPTS,
  BUFFERED,
  BUFFERED_AMOUNT,
  CLOSE,
  CONNECT,
  CREDIT,
  DEADLINE,
  DIALED,
  EVENT_DRAIN,
  EVENT_OPEN,
  GIVE_UP,
  NOT_DIALED,
  NOT_DIALED_FORBIDDEN,
  NOT_DIALED_PROVIDER,
  CLOSED,
  CLOSED_CLEANLY,
  PRESSED,
  SEND,
  TERMINATE,
  TICK,
  FLUSH,
} from "./numbers.js";
import { EVENTS, FATES, STATS } from "./words.js";

const OPEN = 1;
/** The longest time, in ms, until the core is told of what was sent on its credit: by one timer for all sockets. */
const ACCOUNT_WITHIN = 50;

const { addEventListener, removeEventListener } = EventTarget.prototype;

const sum = (sizes) => sizes.reduce((sum, size) => sum + size, 0);

export class SteadyInternals extends Callbacks {
  /** The ready state after the last input. */
  state = 0;
  /** The number of the last attempt, and what was thrown if it could not start. */
  attempt = 0;
  thrown;
  lastFailure = null;
  #destination;
  /** The limits of `readable`. */
  inbound;
  /** The sides of `readable` and `writable`, once they were asked for. */
  #reader;
  #writable;
  /** How the socket was closed. */
  #end;
  /** Counted here, because the core is not told of every message. */
  #received = 0;
  #receivedBytes = 0;
  /** How many received messages `readable` has dropped. */
  #dropped = 0;
  #connection;
  /** The native socket of the first attempt, or what its constructor threw, if that was called before the core was there. */
  #early;
  #refused;
  #handlers = new Handlers((adds, type, listener) => this.listen(this.socket, adds, type, listener));
  #listeners;
  /** When the shared timer must call it (`clock.js`). */
  due = Infinity;
  flushes = new FlushPromises();
  /** The functions that resolve `fate`, by ticket. */
  fateResolvers = new Map();
  /** The newest message of each key, as long as it has no fate. */
  newest = new Map();
  /** The payloads of messages without a fate, by the index that the core has, and the free places. */
  payloads = [];
  #free = [];
  /** How many bytes may be sent before the core is told; what was sent, and the sizes. */
  #credit = 0;
  #spent = [];
  #sizes = [];
  /** True while the core is told. */
  #accounting = false;
  /** Close reasons: none, that of `close()`, that of the last connection. The core has their indices. */
  reasons = [""];
  /** How many lost messages `flushed()` has reported. */
  reported = 0;
  #waiting = new Promises();
  /** The AbortController of the callback that has not answered yet. */
  #question;
  #abort = () => this.inputOrThrow(TERMINATE);

  constructor(socket, url, protocols, options) {
    super();
    const { fields, numbers, inbound } = read(options);
    this.#destination = new Destination(url, protocols);
    const { fixedTarget } = this.#destination;
    if (!core && fixedTarget && !fields.signal?.aborted) this.#dialEarly(fixedTarget);
    requireCore();
    for (const number of numbers) writeNumber(number);
    this.handle = core.create(true, Math.random() * 2 ** 53);
    if (this.handle < 0) {
      this.#early?.close();
      throwConfigError(~this.handle);
    }
    this.fields = fields;
    // Only heartbeats and traces need every message.
    this.reportsMessages = "heartbeat.interval" in fields || core.trace;
    this.inbound = inbound;
    this.socket = socket;
    this.binaryType = "blob";
    this.protocol = this.extensions = "";
    this.#listeners = new Listeners(socket);
    finalizers.register(socket, this.handle);
  }

  /** Begins the first handshake of a page, so that the core is instantiated meanwhile. */
  #dialEarly(target) {
    try {
      this.#early = new platform.native(...target);
    } catch (cause) {
      this.#refused = [cause];
    }
  }

  connect() {
    const { signal } = this.fields;
    try {
      if (signal?.aborted) return this.inputOrThrow(TERMINATE);
      signal?.addEventListener("abort", this.#abort);
      subscribe(this);
      this.inputOrThrow(CONNECT);
    } finally {
      // Unless the first attempt uses it: the signal is aborted by now, or cannot be listened to.
      this.#early?.close();
    }
  }

  /** Passes an input to the core. Callbacks are only queued. Returns the ready state, or a refusal. */
  input(kind, a, b, c) {
    this.account();
    return this.#round(now(), kind, a, b, c);
  }

  #round(at, kind, a, b, c) {
    // Nothing is sent past the core within its round.
    this.#credit = 0;
    const answer = runRound(this, at, kind, a, b, c);
    if (answer >= 0) {
      this.state = answer;
      this.#credit = this.query(CREDIT) - sum(this.#sizes);
    }
    this.schedule();
    return answer;
  }

  /** Tells the core of the messages sent on credit: each becomes an input. */
  account() {
    if (!this.#spent.length) return;
    const at = now();
    const spent = this.#spent;
    const sizes = this.#sizes;
    this.#spent = [];
    this.#sizes = [];
    this.#accounting = true;
    spent.forEach((payload, place) => runRound(this, at, SEND, sizes[place], this.store(payload)));
    this.#accounting = false;
  }

  /** Tells the core in one go of the messages sent on credit that have left. The others stay on credit, if they are fewer. */
  #settle() {
    if (!this.#spent.length) return;
    const at = now();
    const unsent = this.guard(() => this.sample()) ?? 0;
    // From here on nothing of the page's is called.
    const sizes = this.#sizes;
    let left = sizes.length;
    let young = 0;
    // All unsent bytes are younger than what has left. An empty message at the boundary may be on either side.
    while (left && unsent && (young < unsent || !sizes[left - 1])) young += sizes[--left];
    if (!left) return;
    core.spend(this.handle, left, sum(sizes.splice(0, left)));
    this.#spent.splice(0, left).forEach(reuse);
    // Otherwise a sender at the mark would go through all of them for each message.
    if (left < sizes.length) this.account();
    // Negative is 0 for the core.
    this.#round(at, BUFFERED, this.attempt, unsent - sum(this.#sizes));
  }

  /** Called by the shared timer. */
  wake(at) {
    this.#settle();
    const deadline = this.query(DEADLINE);
    if (deadline >= 0 && deadline <= at) this.inputNow(TICK);
    else this.schedule();
  }

  /** The same for inputs that do not come from the application: callbacks run at once. */
  inputNow(kind, a, b, c) {
    this.input(kind, a, b, c);
    this.run();
  }

  schedule() {
    schedule(this, this.query(DEADLINE));
    if (this.#spent.length) schedule(this, (Math.floor(now() / ACCOUNT_WITHIN) + 1) * ACCOUNT_WITHIN);
  }

  query(question, a) {
    return core.answer(this.handle, question, a);
  }

  // ---- calls of the application ------------------------------------------------------------------------

  /** Passes an input to the core, and throws if it is refused. */
  inputOrThrow(kind, a, b, c) {
    const answer = this.input(kind, a, b, c);
    if (answer < 0) throw refusal(answer, a);
  }

  get url() {
    return this.#destination.href;
  }

  get bufferedAmount() {
    return this.query(BUFFERED_AMOUNT, this.sample());
  }

  get readyState() {
    this.sync();
    return this.state;
  }

  /** Detects that the peer is closing. */
  sync() {
    this.#connection?.sync();
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

  send(socket, data, options) {
    // Others are ignored, as by the platform: `messages.forEach(socket.send, socket)`.
    const rules = Object(options) === options && readRules(options);
    const converted = convertMessage(data);
    const bytes = messageSize;
    const mutable = isMutable;
    this.sync();
    if (rules) return sendTracked(this, converted, bytes, mutable, rules);
    // A queued message must not change, and one that was handed over may have to be sent again.
    const payload = mutable ? copy(converted, bytes) : converted;
    if (bytes >= this.#credit) this.#settle();
    if (bytes >= this.#credit) return this.accept(SEND, bytes, payload);
    this.#credit -= bytes;
    this.#sizes.push(bytes);
    const first = this.#spent.push(payload) === 1;
    this.guard(() => this.transmit(converted));
    if (first) this.schedule();
  }

  /** Passes a message to the core, and throws if it is refused. `takes`: its bytes are taken from the application after that. */
  accept(kind, bytes, payload, takes) {
    const index = this.store(payload);
    const answer = this.input(kind, bytes, index);
    if (answer < 0) {
      this.release(index);
      throw refusal(answer);
    }
    // It may be gone by now.
    if (takes && this.payloads[index] === payload) this.payloads[index] = take(payload, bytes);
  }

  store(payload) {
    const index = this.#free.pop() ?? this.payloads.length;
    this.payloads[index] = payload;
    return index;
  }

  release(index) {
    this.payloads[index] = undefined;
    this.#free.push(index);
  }

  close(socket, code, reason = "") {
    this.sync();
    // Otherwise the core ignores the call.
    if (this.state <= OPEN) this.reasons[1] = reason;
    setInputText(reason);
    this.inputOrThrow(CLOSE, code ?? -1, utf8Length(reason));
  }

  terminate() {
    this.inputOrThrow(TERMINATE);
  }

  ready() {
    if (this.readyState > 1) return Promise.reject(closedError());
    return this.query(PRESSED) ? this.#waiting.wait() : Promise.resolve();
  }

  flushed() {
    return this.flush(this);
  }

  flush(consumer) {
    this.account();
    return this.flushes.begin(consumer, this.query.bind(this), () => this.input(FLUSH));
  }

  stats() {
    this.account();
    const stats = { receivedMessages: this.#received, receivedBytes: this.#receivedBytes };
    STATS.forEach((name, index) => {
      stats[name] = this.query(ATTEMPTS + index);
    });
    stats.dropped = this.#dropped;
    if (stats.roundTrip < 0) stats.roundTrip = undefined;
    return stats;
  }

  readable() {
    if (!this.#reader) {
      this.#reader = readable(this);
      if (this.#end) this.#reader.finish(this.#end);
    }
    return this.#reader.stream;
  }

  writable() {
    return (this.#writable ??= writable(this));
  }

  // ---- events of the connection ------------------------------------------------------------------------

  deliver(event, data, size) {
    this.#received++;
    this.#receivedBytes += size;
    // First, because a listener may close the socket, and this message arrived before.
    if (this.#reader) this.#dropped += this.#reader.collect(data, size);
    this.#listeners.deliver(event);
  }

  connectionClosed(attempt, { code, reason, wasClean }, unsent) {
    this.#connection = undefined;
    this.reasons[2] = reason;
    setInputText(reason);
    this.inputNow(wasClean ? CLOSED_CLEANLY : CLOSED, attempt, unsent, code);
  }

  // ---- effects of the core -----------------------------------------------------------------------------

  dial(attempt) {
    const destination = this.#destination;
    this.attempt = attempt;
    this.thrown = undefined;
    if (destination.fixedTarget) return this.#connect(attempt, ...destination.fixedTarget);
    this.ask(
      (init) => destination.resolveTarget(attempt, init),
      (found) => this.#connect(attempt, ...found),
      (cause) => this.#notDialed(attempt, cause, NOT_DIALED_PROVIDER),
    );
  }

  #connect(attempt, url, protocols) {
    const destination = this.#destination;
    try {
      if (!destination.fixedTarget) destination.href = address(url, protocols);
      if (this.#refused) throw this.#refused[0];
      const native = this.#early ?? new platform.native(this.url, protocols);
      this.#early = undefined;
      this.#connection = new Connection(this, attempt, native);
    } catch (cause) {
      // A fixed address would be refused again; a provider may return another one.
      return this.#notDialed(attempt, cause, NOT_DIALED_FORBIDDEN + !!destination.fixedTarget);
    }
    this.inputNow(DIALED, attempt);
  }

  /** A provider failed, or the platform refused the address. There is nowhere to throw it, so it is logged. */
  #notDialed(attempt, cause, why) {
    this.defer(() => console.warn("steady-websocket: the connection attempt could not start.", cause));
    this.thrown = cause;
    this.inputNow(NOT_DIALED, attempt, why);
  }

  /** Calls a callback that may take long. Once its answer is not needed any more, its signal is aborted and the answer ignored. */
  ask(call, answer, fail) {
    this.cancelQuestion();
    const question = new AbortController();
    this.#question = question;
    const wanted = (then) => (value) => {
      if (this.#question !== question) return;
      this.#question = undefined;
      then(value);
    };
    this.defer(() => {
      if (this.#question !== question) return;
      (async () => call({ signal: question.signal }))().then(wanted(answer), wanted(fail));
    });
  }

  /** Aborts the callback that has not answered yet. */
  cancelQuestion() {
    const question = this.#question;
    if (!question) return;
    this.#question = undefined;
    this.defer(() => question.abort());
  }

  /** A message has its fate. Returns its payload. */
  settled(index, fate, ticket) {
    const payload = this.payloads[index];
    this.release(index);
    this.fateResolvers.get(ticket)?.(FATES[fate]);
    this.fateResolvers.delete(ticket);
    return payload;
  }

  transmit(payload) {
    if (!this.#accounting) this.#connection?.send(payload);
  }

  sample() {
    return this.#connection?.sample() ?? 0;
  }

  hangup(code, reason = this.reasons[1]) {
    this.cancelQuestion();
    this.#connection.hangup(code, reason);
  }

  abandon() {
    const unsent = this.#connection?.abandon();
    this.#connection = undefined;
    return unsent;
  }

  fire(kind) {
    this.defer(() => emit(this.socket, EVENTS[kind]));
    if (kind === EVENT_DRAIN) this.#waiting.resolve();
    if (kind !== EVENT_OPEN) return;
    ({ protocol: this.protocol, extensions: this.extensions } = this.#connection);
    rememberAddress(this.url);
    const { attempt } = this;
    this.defer(() => this.input(ANNOUNCED, attempt));
  }

  reconnecting(members) {
    this.cancelQuestion();
    this.defer(() => {
      if (!emit(this.socket, "reconnecting", members, { cancelable: true })) this.input(GIVE_UP);
    });
  }

  /** Messages discarded one after another are reported in one event. */
  discard(message) {
    const { last } = this;
    if (last?.discarded) return void last.discarded.push(message);
    const messages = [message];
    const callback = () => emit(this.socket, "discard", { messages });
    callback.discarded = messages;
    this.defer(callback);
  }

  ended(closeInfo) {
    unsubscribe(this);
    unschedule();
    this.cancelQuestion();
    this.#waiting.reject(closedError);
    this.#end = closeInfo;
    this.#reader?.finish(closeInfo);
    this.defer(() => dispatchClose(this.socket, closeInfo));
    const { signal } = this.fields;
    if (signal) this.defer(() => signal.removeEventListener("abort", this.#abort));
  }
}
