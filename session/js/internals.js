// The internals of a socket with a session. The steady core connects and reconnects; the session's machine decides
// what is sent on its connections. Messages belong to the machine until the server is known to have no sessions.

import { address } from "../../src/js/address.js";
import { now, wake } from "../../src/js/clock.js";
import { convertMessage, copy, isMutable, messageSize, strings, take, utf8Length } from "../../src/js/convert.js";
import { platform } from "../../src/js/core.js";
import { emit } from "../../src/js/events.js";
import { closedError, refusal } from "../../src/js/exceptions.js";
import {
  EVENT_ERROR,
  EVENT_OPEN,
  FAILED,
  FLUSH,
  GATE,
  LAST_LOST,
  LOSSES,
  NEW_SESSION,
  NEXT_TICKET,
  PRESSED,
  READY_STATE,
  REFUSED_CLOSE_CODE,
  REFUSED_NOT_OPEN,
  REFUSED_QUEUE_BYTES,
  REFUSED_QUEUE_COUNT,
  REFUSED_REASON_TOO_LONG,
  REFUSED_TOO_LARGE,
  TERMINATE,
} from "../../src/js/numbers.js";
import { SteadyInternals } from "../../src/js/steady.js";
import { readRules } from "../../src/js/tracking.js";
import { FATES, OPTIONS } from "../../src/js/words.js";
import { Client, Kind, agreed, offer } from "./engine.js";
import { Offers } from "./fallback.js";
import { Handling, watched } from "./handling.js";
import { DLE, MARK, escaped, outgoing } from "./messages.js";
import { Flushes, Outgoing } from "./outgoing.js";

const PING = `${MARK}P`;
const PONG = `${MARK}Q`;
const OPEN = 1;
const CLOSING = 2;
const defaults = new Map(OPTIONS);
const isFunction = (value) => typeof value === "function";

export class SessionInternals extends SteadyInternals {
  flushes = new Flushes((ticket) => this.#outer(ticket), () => (this.#plain ? this.#outgoing.losses : 0));
  #required;
  #window;
  #client;
  #outgoing;
  /** How many messages the machine has accepted, and the cost of those that it holds. */
  #accepted = 0;
  #held = 0;
  /** The cost of the messages sent after the end. */
  #late = 0;
  #handling = new Handling((number) => this.#handled(number));
  #offers = new Offers();
  #protocols;
  /** The attempt whose connection is open, or 0. */
  #on = 0;
  /** When the message arrived that is being delivered: reading the clock again would cost more than the rest. */
  #arrived;
  /** True if the server has no sessions. */
  #plain = false;
  /** The attempt on whose connection that became known, and the tickets of the messages that moved to the steady core. */
  #plainOn;
  #moved = [];
  /** True if the session has begun. */
  #begun = false;
  /** The number of delivered messages of the session. */
  #delivered = 0;
  /** The arguments of `close()`. */
  #closing;
  #closeTimer;
  /** True if either end has closed the session. */
  #closed = false;
  /** True if the next callback is skipped. */
  #silent = false;
  #over = false;
  /** True while `beforeFlush` is running. */
  #gating = false;
  /** Conditions that `#until` waits for. */
  #waiters = [];
  #due = Infinity;
  #tick;
  #expiry = Infinity;
  #expiryTimer;
  /** The limits of `readable` without a session, whose window limits it. */
  #plainInbound;
  #readable;
  #limits;
  #ttl;
  #sent = 0;
  #sentBytes = 0;
  #discarded = 0;

  constructor(socket, url, protocols = [], options, { required, window }) {
    const given = { ...options };
    const { beforeFlush, retry, heartbeat } = given;
    if (beforeFlush === undefined || isFunction(beforeFlush)) given.beforeFlush = (gate) => this.#gate(gate, beforeFlush);
    if (retry === undefined || isFunction(retry)) given.retry = (...closure) => this.#retry(retry, ...closure);
    const fixed = isFunction(protocols) ? undefined : strings(protocols);
    if (fixed) address("ws://x", fixed);
    super(socket, url, async (...attempt) => this.#offer(fixed ?? (await protocols(...attempt))), given);
    this.#required = required;
    this.#window = window;
    this.#plainInbound = this.inbound;
    this.inbound = [Infinity, Infinity];
    this.#protocols = fixed;
    this.#outgoing = new Outgoing(this.#option("highWaterMark"), this.#option("lowWaterMark"), this.flushes);
    this.#limits = {
      bytes: this.#option("queue.maxBytes"),
      count: this.#option("queue.maxCount"),
      overflow: this.fields["queue.overflow"] ?? "refuse",
    };
    this.#ttl = this.fields["queue.ttl"];
    this.#client = this.#makeClient();
    if (heartbeat) {
      const { message = "", isReply } = heartbeat;
      this.fields["heartbeat.message"] = () => (this.#plain ? (isFunction(message) ? message() : message) : PING);
      this.fields["heartbeat.isReply"] = (data) => (this.#plain ? isReply?.(data) : this.#isPong(data));
    }
  }

  #option(name) {
    return this.fields[name] ?? defaults.get(name);
  }

  #makeClient() {
    this.#accepted = 0;
    return new Client(this.#window, this.#required);
  }

  // ---- calls of the application ------------------------------------------------------------------------

  get readyState() {
    const state = super.readyState;
    return this.#closing && state < CLOSING ? CLOSING : state;
  }

  get bufferedAmount() {
    return this.#plain ? super.bufferedAmount : this.#held + this.#late;
  }

  query(question, a) {
    // Streams and flushes ask in the application's tickets.
    if (question === NEXT_TICKET) return this.#plain ? this.#outer(super.query(NEXT_TICKET)) : this.#outgoing.ticket;
    if (question === LOSSES) return this.#outgoing.losses + super.query(LOSSES);
    return question === LAST_LOST ? this.#lastLost() : super.query(question, a);
  }

  /** Returns the message that was lost last, as the core does, whose messages moved there after all losses here. */
  #lastLost() {
    const { ticket, reason } = this.#outgoing.lost;
    const moved = super.query(LAST_LOST);
    return super.query(LOSSES) ? this.#outer(Math.floor(moved / 8)) * 8 + (moved % 8) : ticket * 8 + FATES.indexOf(reason);
  }

  /** Returns the application's ticket for one of the steady core, which counts only the messages that have moved to it. */
  #outer(ticket) {
    if (!this.#plain) return ticket;
    return this.#moved[ticket] ?? ticket - this.#moved.length + this.#outgoing.ticket;
  }

  get(socket, name) {
    return this.#handling.unwrap(super.get(socket, name));
  }

  set(socket, name, value) {
    super.set(socket, name, name === "onmessage" && isFunction(value) ? this.#handling.wrap(value) : value);
  }

  listen(socket, adds, type, callback, ...rest) {
    super.listen(socket, adds, type, type === "message" ? this.#handling.wrap(callback) : callback, ...rest);
  }

  send(socket, data, options) {
    if (this.#plain) return this.#sendPlain(data, options);
    const rules = Object(options) === options ? readRules(options) : undefined;
    const converted = convertMessage(data);
    // Conversions may call the application, which may have changed anything.
    if (this.#plain) return this.#sendPlain(converted, rules);
    const bytes = messageSize;
    const takes = isMutable && rules?.transfer;
    const message = outgoing(isMutable && !takes ? copy(converted, bytes) : converted, bytes, rules);
    const sent = this.#send(message);
    if (takes && this.#outgoing.has(message)) message.payload = take(message.payload, bytes);
    return sent;
  }

  #sendPlain(data, options) {
    const sent = super.send(this.socket, data, options);
    return sent && { ...sent, ticket: this.#outer(sent.ticket) };
  }

  #send(message) {
    const { bytes, cost, rules } = message;
    const { key, ttl = this.#ttl } = rules ?? {};
    const closing = this.readyState >= CLOSING;
    if (closing) this.#late += cost;
    else if (bytes > this.#limits.bytes) throw refusal(REFUSED_TOO_LARGE);
    const fits = closing || this.#makeRoom(message);
    const outgoing = this.#outgoing;
    message.ticket = outgoing.ticket++;
    let sent;
    if (rules) {
      const fate = new Promise((resolve) => {
        message.resolve = resolve;
      });
      message.cancel = () => this.#drop(message, "cancelled");
      sent = { ticket: message.ticket, fate, cancel: () => message.cancel() };
    }
    if (closing || !fits) this.#discard(message, closing ? "closed" : "overflow", this.#over);
    else {
      if (ttl !== undefined) message.expires = now() + ttl;
      const older = key === undefined ? undefined : outgoing.withKey(key);
      if (older) this.#drop(older, "replaced");
      this.#accept(message);
      this.#scheduleExpiry(message.expires);
    }
    return sent;
  }

  /** Makes room in the queue according to `queue.overflow`. Returns whether the message fits, or throws. */
  #makeRoom({ bytes, rules }) {
    const limits = this.#limits;
    const outgoing = this.#outgoing;
    if (outgoing.size < limits.count && outgoing.bytes + bytes <= limits.bytes) return true;
    const { overflow } = limits;
    const key = rules?.key;
    const older = key === undefined ? undefined : outgoing.withKey(key);
    const full = () => {
      const replaced = older && outgoing.has(older) ? older : undefined;
      if (outgoing.size - (replaced ? 1 : 0) >= limits.count) return REFUSED_QUEUE_COUNT;
      return outgoing.bytes - (replaced?.bytes ?? 0) + bytes > limits.bytes ? REFUSED_QUEUE_BYTES : 0;
    };
    const refused = full();
    if (!refused) return true;
    if (overflow === "refuse") throw refusal(refused);
    if (overflow === "drop-newest") return false;
    for (const message of outgoing.unsent()) {
      if (message !== older) this.#drop(message, "overflow");
      if (!full()) return true;
    }
    return false;
  }

  #accept(message) {
    message.number = ++this.#accepted;
    this.#outgoing.add(message);
    const held = this.#client.send(message.number, message.cost);
    if (!held) return this.#act();
    if (held > 0) this.#transmit(message);
    this.#hold(Math.abs(held));
  }

  /** Records the cost of the messages that the machine holds. */
  #hold(cost) {
    this.#held = cost;
    if (this.#outgoing.press(this.#plain ? 0 : cost)) this.defer(() => emit(this.socket, "drain"));
  }

  #handled(number) {
    const deadline = this.#client.handled(this.#arrived ?? now(), number);
    if (Number.isNaN(deadline)) this.#act();
    else this.#scheduleTick(deadline);
  }

  /** Drops a message if it was never sent. Returns whether it was dropped. */
  #drop(message, reason) {
    if (message.sent || !this.#outgoing.has(message)) return false;
    message.dropped = reason;
    this.#act(this.#client.dropMessage(now(), message.number));
    return true;
  }

  /** Schedules dropping messages whose time to live is over. */
  #scheduleExpiry(at = Infinity) {
    if (at >= this.#expiry) return;
    this.#expiry = at;
    platform.clock.clearTimeout(this.#expiryTimer);
    this.#expiryTimer = wake(at, () => {
      if (this.#expiry !== at) return;
      this.#expiry = Infinity;
      const time = now();
      let next = Infinity;
      for (const message of this.#outgoing.unsent()) {
        if (message.expires <= time) this.#drop(message, "expired");
        else if (message.expires < next) next = message.expires;
      }
      this.#scheduleExpiry(next);
      this.run();
    });
  }

  inputOrThrow(kind, ...rest) {
    if (kind === NEW_SESSION) {
      for (const message of this.#outgoing.unsent()) if (message.rules?.session) this.#drop(message, "stale-session");
    }
    super.inputOrThrow(kind, ...rest);
  }

  ready() {
    if (this.#plain) return super.ready();
    if (this.readyState >= CLOSING) return Promise.reject(closedError());
    if (this.#outgoing.pressed) this.#act(this.#client.askNow(now()));
    return this.#outgoing.ready();
  }

  flush(consumer) {
    if (this.#plain) return super.flush(consumer);
    const flushed = this.#outgoing.flushed(consumer);
    if (this.flushes.some) this.#act(this.#client.askNow(now()));
    return flushed;
  }

  close(socket, code, reason = "") {
    if (this.#plain) return super.close(socket, code, reason);
    if (!this.#begun) {
      super.close(socket, code, reason);
      return this.#abandonSession();
    }
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) throw refusal(REFUSED_CLOSE_CODE, code);
    if (utf8Length(reason) > 123) throw refusal(REFUSED_REASON_TOO_LONG);
    if (this.readyState >= CLOSING) return;
    this.#closing = { code, reason };
    this.#outgoing.end();
    this.#closeTimer = wake(now() + this.#option("closeTimeout"), () => this.#over || this.inputNow(TERMINATE));
    this.#act(this.#client.close(now()));
  }

  /** After `close()` a session does not begin any more: what waits for it is discarded. */
  #abandonSession() {
    this.#outgoing.end();
    this.#act(this.#client.giveUp(now()));
  }

  stats() {
    const stats = super.stats();
    if (this.#plain) return { ...stats, discarded: stats.discarded + this.#discarded };
    return {
      ...stats,
      sentMessages: this.#sent,
      sentBytes: this.#sentBytes,
      discarded: this.#discarded,
      queuedMessages: this.#outgoing.size,
      queuedBytes: this.#outgoing.bytes,
    };
  }

  readable() {
    return (this.#readable ??= watched(super.readable(), () => this.#handling.taken()));
  }

  // ---- the connection ----------------------------------------------------------------------------------

  #offer(protocols) {
    const list = strings(protocols ?? []);
    const offers = !this.#plain && (list.length || this.#required || this.#offers.next(this.url));
    return offers ? offer(list) : list;
  }

  fire(kind) {
    if (kind === EVENT_ERROR) this.#giveUp();
    if (kind === EVENT_OPEN) {
      const on = (this.#on = this.attempt);
      this.#offers.opened(this.url);
      // Run after the current round, and before the listeners of `open`.
      this.defer(() => this.#on === on && this.#connected());
      this.#silent = Boolean(this.#closing);
    }
    super.fire(kind);
  }

  /** After `close()`, a new connection only ends the session: its `open`, which is deferred first, is not fired. */
  defer(callback) {
    if (this.#silent) this.#silent = false;
    else super.defer(callback);
  }

  #connected() {
    const protocol = agreed(this.protocol);
    if (protocol !== undefined) this.protocol = protocol;
    this.#act(this.#client.connected(now(), this.#on, protocol !== undefined));
  }

  /** Runs the application's `beforeFlush` while the hello arrives, then opens or resumes the session. */
  async #gate(gate, own) {
    this.#gating = true;
    const { attempt } = gate;
    /** Messages sent before the hello, until which it is unknown whether to escape texts. */
    const early = [];
    let asked = false;
    const isGreeted = () => this.#plain || this.#client.isGated();
    const direct = (payload) => gate.send(this.#plain ? payload : escaped(payload));
    const send = (data) => {
      const converted = convertMessage(data);
      const payload = isMutable ? copy(converted, messageSize) : converted;
      // Between the open or resume frame and its answer nothing may be sent; after it, messages belong to the
      // session.
      if (asked && !this.#plain) throw refusal(REFUSED_NOT_OPEN);
      if (isGreeted()) direct(payload);
      else early.push(payload);
    };
    const greet = async () => {
      await this.#until(isGreeted);
      for (const payload of early.splice(0)) direct(payload);
    };
    await Promise.all([own?.({ ...gate, send }), greet()]);
    asked = true;
    this.#act(this.#client.ready(now(), attempt));
    await this.#until(() => this.#plain || this.#client.isLive());
    this.#gating = false;
  }

  /** Resolves when the condition holds; never if the connection is lost before. */
  #until(holds) {
    if (holds()) return;
    return new Promise((resolve) => this.#waiters.push({ holds, resolve }));
  }

  /** Decides about a retry. A connection closed with 1000 is retried while its session continues. */
  async #retry(own, closure, cancellable) {
    const answer = await own?.(closure, cancellable);
    if (typeof answer === "boolean" || typeof answer === "number") return answer;
    return closure.code === 1000 && this.#begun && !this.#closing ? true : answer;
  }

  deliver(event, data, size) {
    const isText = typeof data === "string";
    const marked = isText && data.charCodeAt(0) === DLE;
    // Only a hello that is late is discarded.
    if (this.#plain && !(marked && this.#on === this.#plainOn)) return this.#show(event, data, size, 0);
    const isEscaped = marked && data.charCodeAt(1) === DLE;
    const time = now();
    const number =
      marked && !isEscaped
        ? this.#act(this.#client.control(time, this.#on, data)).number
        : this.#client.message(time, this.#on, isText ? data.length - isEscaped : size) || this.#act().number;
    if (number === undefined) return;
    // A plain server does not escape texts.
    this.#arrived = time;
    if (isEscaped && !this.#plain) this.#show(...unescaped(event, data), size, number);
    else this.#show(event, data, size, number);
    this.#arrived = undefined;
    this.run();
  }

  /** Delivers a message to the application. `number` is 0 for a message that does not belong to the session. */
  #show(event, data, size, number) {
    this.#handling.begin();
    super.deliver(event, data, size);
    this.#handling.end(number, this.#readable);
  }

  #isPong(data) {
    if (data !== PONG || !this.#client.isLive()) return false;
    this.#act(this.#client.control(now(), this.#on, data));
    return true;
  }

  inputNow(kind, ...rest) {
    if (kind === FAILED && !this.#on) this.#offers.failed();
    super.inputNow(kind, ...rest);
  }

  connectionClosed(attempt, closeInfo, unsent) {
    this.#left(closeInfo.code);
    const { code, reason } = this.#closing ?? {};
    // The server closes the connection behind its session, and its Close frame may be there before ours.
    const isOurs = this.#closed && closeInfo.wasClean && code !== undefined;
    const info = isOurs ? { code, reason, wasClean: true } : closeInfo;
    super.connectionClosed(attempt, info, unsent);
  }

  abandon() {
    const unsent = super.abandon();
    this.#left(1006);
    return unsent;
  }

  /** Reports the end of the connection to the session. */
  #left(code) {
    this.#waiters = [];
    this.#gating = false;
    if (!this.#on) return;
    const on = this.#on;
    this.#on = 0;
    this.#act(this.#client.disconnected(now(), on, code));
  }

  /** Messages get their fates before the `error` event: nothing comes between it and `close`. */
  #giveUp() {
    if (this.#over) return;
    this.#over = true;
    platform.clock.clearTimeout(this.#closeTimer);
    this.#abandonSession();
  }

  ended(closeInfo) {
    this.#giveUp();
    // Otherwise they would keep a process of Node alive.
    platform.clock.clearTimeout(this.#tick);
    platform.clock.clearTimeout(this.#expiryTimer);
    super.ended(closeInfo);
  }

  reconnecting(members) {
    if (!this.#closing) super.reconnecting(members);
  }

  // ---- effects of the machine --------------------------------------------------------------------------

  /** Carries out the effects of an input without calling the application. Returns a summary of them. */
  #act() {
    const round = { number: undefined, close: undefined, closed: false, ends: false, lost: [] };
    const client = this.#client;
    for (let kind; (kind = client.poll()); ) this.#effects[kind]?.(client, round);
    if (round.closed) this.#closeSocket(round.lost);
    else if (round.ends) this.defer(() => this.#over || this.input(TERMINATE));
    else if (round.close) this.#closeConnection(round.close);
    this.#hold(this.#client.heldCost());
    if (!this.#plain) this.#outgoing.settle();
    if (this.#waiters.length) this.#waiters = this.#waiters.filter(({ holds, resolve }) => !holds() || resolve());
    this.#scheduleTick(this.#client.deadline());
    return round;
  }

  #effects = {
    [Kind.Transmit]: (client) => this.#transmit(this.#outgoing.get(client.first())),
    [Kind.Control]: (client) => this.transmit(client.text()),
    [Kind.Deliver](client, round) {
      round.number = client.first();
    },
    [Kind.Own](client, round) {
      round.number = 0;
    },
    [Kind.Close](client, round) {
      round.close = { code: client.first(), reason: client.text() };
    },
    [Kind.New]: () => {
      this.#begun = true;
      this.#announce({ state: "new" });
    },
    [Kind.Resuming]: () => this.#announce({ state: "resuming" }),
    [Kind.Resumed]: (client) => {
      this.#announce({ state: "resumed", replayed: client.first(), unacknowledged: client.second() });
    },
    [Kind.Delivered]: (client) => this.#markDelivered(client.first(), client.second()),
    [Kind.Fate]: (client, round) => this.#decide(client.first(), client.second(), client.text(), round),
    [Kind.Plain]: () => this.#becomePlain(),
    [Kind.Closed](client, round) {
      round.closed = true;
    },
    [Kind.Lost]: (client, round) => this.#lose(client.text(), client.first(), round),
  };

  #transmit(message) {
    if (!message.sent) {
      message.sent = true;
      this.#sent++;
      this.#sentBytes += message.bytes;
    }
    this.transmit(escaped(message.payload));
  }

  #announce(members) {
    this.defer(() => emit(this.socket, "session", members));
  }

  #markDelivered(first, last) {
    for (let number = first; number <= last; number++) {
      const message = this.#outgoing.get(number);
      this.#delivered++;
      this.#outgoing.remove(message);
      message.resolve?.("delivered");
    }
  }

  #decide(first, last, fate, round) {
    if (fate === "plain") return;
    for (let number = first; number <= last; number++) {
      const message = this.#outgoing.get(number);
      if (fate === "dropped") {
        this.#outgoing.remove(message);
        this.#discard(message, message.dropped);
      } else round.lost.push({ message, fate });
    }
  }

  #becomePlain() {
    this.#plain = true;
    this.#plainOn = this.#on;
    this.inbound = this.#plainInbound;
    for (const message of this.#outgoing.removeAll()) {
      this.#move(message);
      // One for each, because each flush that waits is about messages up to another.
      if (this.flushes.some) super.input(FLUSH);
    }
    if (this.#outgoing.pressed && super.query(PRESSED)) this.#outgoing.forward(super.ready());
    this.#announce({ state: "none" });
  }

  /** Moves a message to the steady core. */
  #move(message) {
    const { ticket, payload, rules, resolve, expires } = message;
    this.#moved.push(ticket);
    // Its lifetime has begun, and nobody else has its payload.
    const ttl = expires === undefined ? undefined : Math.max(1, expires - now());
    // Not refused: the queue's rules were the same before.
    const sent = super.send(this.socket, payload, { ...rules, ttl, transfer: true });
    sent.fate.then(resolve);
    message.cancel = () => sent.cancel();
  }

  /** After the end it happens silently: no event follows `close`. */
  #discard({ ticket, payload, resolve }, reason, silently) {
    this.#discarded++;
    this.#outgoing.lose(ticket, reason);
    resolve?.(reason);
    if (!silently) super.discard({ data: payload, reason, ticket });
  }

  /** The steady core has discarded a message. */
  discard(message) {
    super.discard({ ...message, ticket: this.#outer(message.ticket) });
  }

  /** Handles the loss of a session. Messages for a session that never began wait for the next one. */
  #lose(reason, code, round) {
    const { lost } = round;
    const begun = this.#begun;
    const waits = !begun && reason !== "given-up" && reason !== "no-sessions";
    const unhandled = [];
    this.#outgoing.removeAll();
    for (const { message, fate } of waits ? [] : lost) {
      const why = begun ? fate : "closed";
      unhandled.push({ data: message.payload, reason: why, ticket: message.ticket });
      this.#discard(message, why);
    }
    if (begun || reason !== "given-up") {
      const members = { reason, code: code || undefined, handled: this.#delivered, unhandled };
      this.defer(() => emit(this.socket, "sessionlost", members));
    }
    this.#begun = false;
    this.#delivered = 0;
    this.#handling.reset();
    // Given up by `close()` before it began, it needs no successor.
    if (this.#over || super.query(READY_STATE) >= CLOSING) return;
    if (this.#closing || (reason === "no-sessions" && this.#required)) {
      // From now on nothing is accepted any more.
      this.#closing ??= {};
      round.ends = true;
      return;
    }
    this.#client = this.#makeClient();
    if (waits) for (const { message } of lost) this.#accept(message);
  }

  /** Closes the socket after either end closed the session. A server may not have handled everything when it closes. */
  #closeSocket(lost) {
    this.#closed = true;
    this.#closing ??= {};
    for (const { message, fate } of lost) {
      this.#outgoing.remove(message);
      this.#discard(message, fate);
    }
    if (this.#over) return;
    const { code, reason } = this.#closing;
    this.defer(() => super.close(this.socket, code, reason));
  }

  #closeConnection({ code, reason }) {
    if (this.#over || !this.#on) return;
    // Close before the close event arrives, whose code may end the socket.
    if (this.#gating) this.input(GATE, this.#on, 0);
    else {
      this.hangup(code, reason);
      this.sync();
    }
  }

  /** Schedules a tick of the machine; -1 for none. */
  #scheduleTick(due) {
    if (due < 0 || due >= this.#due) return;
    platform.clock.clearTimeout(this.#tick);
    this.#due = due;
    this.#tick = wake(due, () => {
      if (this.#due !== due) return;
      this.#due = Infinity;
      this.#client.tick(now());
      this.#act();
      this.run();
    });
  }
}

/** Returns an event without the escape, and its data. */
function unescaped({ origin, lastEventId }, escaped) {
  const data = escaped.slice(1);
  return [new MessageEvent("message", { data, origin, lastEventId }), data];
}
