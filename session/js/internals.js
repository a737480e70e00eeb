// The internals of a socket with a session. The steady core connects and reconnects; the session's machine decides what
// goes over its connections. Until it is known that the server has no sessions, messages are the machine's.

import { address } from "../../src/js/address.js";
import { wake } from "../../src/js/clock.js";
import { convertMessage, copy, isMutable, messageSize, strings, utf8Length } from "../../src/js/convert.js";
import { platform } from "../../src/js/core.js";
import { emit } from "../../src/js/events.js";
import { closedError, refusal } from "../../src/js/exceptions.js";
import {
  EVENT_OPEN,
  GATE,
  NEXT_TICKET,
  REFUSED_CLOSE_CODE,
  REFUSED_QUEUE_BYTES,
  REFUSED_QUEUE_COUNT,
  REFUSED_REASON_TOO_LONG,
  REFUSED_TOO_LARGE,
  TERMINATE,
} from "../../src/js/numbers.js";
import { SteadyInternals } from "../../src/js/steady.js";
import { OPTIONS } from "../../src/js/words.js";
import { costOf } from "./cost.js";
import { Client, Kind, agreed, offer } from "./engine.js";
import { Offers } from "./fallback.js";
import { Handling, watched } from "./handling.js";
import { Outgoing, escaped } from "./outgoing.js";

const DLE = 16;
const PING = "\u0010P";
const PONG = "\u0010Q";
const OPEN = 1;
const CLOSING = 2;
const usual = new Map(OPTIONS);
const isFunction = (value) => typeof value === "function";
const now = () => platform.clock.performance.now();

export class SessionInternals extends SteadyInternals {
  #required;
  #window;
  #client;
  #outgoing;
  #handling = new Handling((number) => this.#act(this.#client.handled(now(), number)));
  #offers = new Offers();
  #protocols;
  /** The attempt whose connection is open. */
  #on = 0;
  /** Whether the server has no sessions. */
  #plain = false;
  /** Whether the session has begun. */
  #begun = false;
  /** How many messages of the session were delivered. */
  #delivered = 0;
  /** The code and the reason of `close()`. */
  #closing;
  #closeTimer;
  #over = false;
  /** Whether the callback before the flush has not ended. */
  #gating = false;
  /** Those who wait for a state of the machine. */
  #waiters = [];
  #due = Infinity;
  #readable;

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
    this.#protocols = fixed;
    this.#outgoing = new Outgoing(this.#option("highWaterMark"), this.#option("lowWaterMark"));
    this.#client = this.#makeClient();
    if (heartbeat) {
      const { message = "", isReply } = heartbeat;
      this.fields["heartbeat.message"] = () => (this.#plain ? (isFunction(message) ? message() : message) : PING);
      this.fields["heartbeat.isReply"] = (data) => (this.#plain ? isReply?.(data) : this.#isPong(data));
    }
  }

  #option(name) {
    return this.fields[name] ?? usual.get(name);
  }

  #makeClient() {
    return new Client(this.#window, this.#option("queue.maxBytes"), this.#required);
  }

  // ---- calls of the application ------------------------------------------------------------------------

  get readyState() {
    const state = super.readyState;
    return this.#closing && state < CLOSING ? CLOSING : state;
  }

  get bufferedAmount() {
    return this.#plain ? super.bufferedAmount : this.#client.heldCost();
  }

  query(question, a) {
    // The writable stream asks this.
    return question === NEXT_TICKET && !this.#plain ? this.#outgoing.ticket : super.query(question, a);
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
    if (this.#plain) return super.send(socket, data, options);
    const converted = convertMessage(data);
    const bytes = messageSize;
    const payload = isMutable ? copy(converted) : converted;
    // The conversion may have called the application, which may have done anything.
    if (this.#plain) return super.send(socket, payload, options);
    return this.#send(payload, costOf(payload, bytes), Object(options) === options ? options : undefined);
  }

  #send(payload, cost, options) {
    const message = { ticket: this.#outgoing.ticket, payload, cost, options };
    let sent;
    if (options) {
      const fate = new Promise((resolve) => {
        message.resolve = resolve;
      });
      sent = { ticket: message.ticket, fate, cancel: () => false };
    }
    if (this.readyState >= CLOSING) {
      this.#outgoing.ticket++;
      this.#discard(message, "closed");
      return sent;
    }
    if (cost > this.#option("queue.maxBytes")) throw refusal(REFUSED_TOO_LARGE);
    if (this.#client.heldCost() + cost > this.#option("queue.maxBytes")) throw refusal(REFUSED_QUEUE_BYTES);
    if (this.#outgoing.size >= this.#option("queue.maxCount")) throw refusal(REFUSED_QUEUE_COUNT);
    this.#outgoing.ticket++;
    this.#accept(message);
    return sent;
  }

  #accept(message) {
    const number = this.#client.accepted() + 1;
    this.#outgoing.add(number, message);
    this.#act(this.#client.send(now(), number, message.cost));
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
    if (this.#outgoing.flushing) this.#act(this.#client.askNow(now()));
    return flushed;
  }

  close(socket, code, reason = "") {
    if (this.#plain || !this.#begun) return super.close(socket, code, reason);
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) throw refusal(REFUSED_CLOSE_CODE, code);
    if (utf8Length(reason) > 123) throw refusal(REFUSED_REASON_TOO_LONG);
    if (this.readyState >= CLOSING) return;
    this.#closing = { code, reason };
    this.#outgoing.end();
    this.#closeTimer = wake(now() + this.#option("closeTimeout"), () => this.#over || this.inputNow(TERMINATE));
    this.#act(this.#client.close(now()));
  }

  stats() {
    const stats = super.stats();
    if (this.#plain) return stats;
    return { ...stats, queuedMessages: this.#outgoing.size, queuedBytes: this.#client.heldCost() };
  }

  readable() {
    return (this.#readable ??= watched(super.readable(), () => this.#handling.taken()));
  }

  // ---- the connection ----------------------------------------------------------------------------------

  #offer(protocols) {
    const list = strings(protocols ?? []);
    const tries = !this.#plain && (list.length || this.#required || this.#offers.next(this.url));
    return tries ? offer(list) : list;
  }

  fire(kind) {
    super.fire(kind);
    if (kind !== EVENT_OPEN) return;
    const protocol = agreed(this.protocol);
    if (protocol !== undefined) this.protocol = protocol;
    const on = (this.#on = this.attempt);
    this.#offers.opened(this.url);
    this.#act(this.#client.connected(now(), on, protocol !== undefined));
  }

  /** Runs before anything is flushed: the hello, the application's callback, then the session. */
  async #gate(gate, own) {
    this.#gating = true;
    await this.#until(() => this.#plain || this.#client.isGated());
    const send = (data) => {
      const payload = convertMessage(data);
      gate.send(this.#plain ? payload : escaped(payload));
    };
    await own?.({ ...gate, send });
    this.#act(this.#client.ready(now(), gate.attempt));
    await this.#until(() => this.#plain || this.#client.isLive());
    this.#gating = false;
  }

  /** Resolves when this holds; never if the connection is lost before. */
  #until(holds) {
    if (holds()) return;
    return new Promise((resolve) => this.#waiters.push({ holds, resolve }));
  }

  /** A connection that ends normally without the end of the session is only a connection. */
  async #retry(own, closure, cancellable) {
    const answer = await own?.(closure, cancellable);
    if (typeof answer === "boolean" || typeof answer === "number") return answer;
    return closure.code === 1000 && this.#begun && !this.#closing ? true : answer;
  }

  deliver(event, size) {
    if (this.#plain) return this.#handling.deliver(0, () => super.deliver(event, size), this.#readable);
    const { data } = event;
    const isText = typeof data === "string";
    const marked = isText && data.charCodeAt(0) === DLE;
    const isEscaped = marked && data.charCodeAt(1) === DLE;
    const client = this.#client;
    const round =
      marked && !isEscaped
        ? this.#act(client.control(now(), this.#on, data))
        : this.#act(client.message(now(), this.#on, isText ? data.length - isEscaped : size));
    if (round.number === undefined) return;
    // A plain server's text is as it is.
    const shown = isEscaped && !this.#plain ? unescaped(event) : event;
    this.#handling.deliver(round.number, () => super.deliver(shown, size), this.#readable);
    this.run();
  }

  #isPong(data) {
    if (data !== PONG || !this.#client.isLive()) return false;
    this.#act(this.#client.control(now(), this.#on, data));
    return true;
  }

  connectionClosed(attempt, closeInfo, unsent) {
    this.#left(closeInfo.code);
    super.connectionClosed(attempt, closeInfo, unsent);
  }

  abandon() {
    const unsent = super.abandon();
    this.#left(1006);
    return unsent;
  }

  /** The connection is over. */
  #left(code) {
    this.#waiters = [];
    this.#gating = false;
    if (!this.#on) return this.#offers.failed();
    const on = this.#on;
    this.#on = 0;
    this.#act(this.#client.disconnected(now(), on, code));
  }

  ended(closeInfo) {
    this.#over = true;
    platform.clock.clearTimeout(this.#closeTimer);
    this.#outgoing.end();
    this.#act(this.#client.giveUp(now()));
    super.ended(closeInfo);
  }

  reconnecting(members) {
    if (!this.#closing) super.reconnecting(members);
  }

  // ---- effects of the machine --------------------------------------------------------------------------

  /** Carries out the effects of an input. Nothing here calls the application. Returns what they were about. */
  #act() {
    const round = { number: undefined, close: undefined, closed: false, lost: [] };
    const client = this.#client;
    for (let kind; (kind = client.poll()); ) this.#effects[kind]?.(client, round);
    if (round.closed) this.#closed();
    else if (round.close) this.#closeConnection(round.close);
    if (this.#outgoing.press(this.#client.heldCost())) this.defer(() => emit(this.socket, "drain"));
    this.#outgoing.settle();
    this.#waiters = this.#waiters.filter(({ holds, resolve }) => !holds() || resolve());
    this.#scheduleTick();
    return round;
  }

  #effects = {
    [Kind.Transmit]: (client) => this.transmit(escaped(this.#outgoing.get(client.first()).payload)),
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
    [Kind.Fate]: (client, round) => this.#decide(client.first(), client.second(), client.text(), round),
    [Kind.Plain]: () => this.#becomePlain(),
    [Kind.Closed](client, round) {
      round.closed = true;
    },
    [Kind.Lost]: (client, round) => this.#lose(client.text(), client.first(), round),
  };

  #announce(members) {
    this.defer(() => emit(this.socket, "session", members));
  }

  #decide(first, last, fate, round) {
    for (let number = first; number <= last; number++) {
      if (fate === "plain") continue;
      if (fate === "delivered") {
        this.#delivered++;
        this.#outgoing.remove(number, fate);
      } else round.lost.push({ number, fate });
    }
  }

  #becomePlain() {
    this.#plain = true;
    const { flushing } = this.#outgoing;
    for (const { ticket, payload, options, resolve } of this.#outgoing.removeAll()) {
      this.defer(() => {
        try {
          super.send(this.socket, payload, options)?.fate.then(resolve);
        } catch {
          // It takes more bytes than the units that were counted.
          this.#discard({ ticket, payload, resolve }, "overflow");
        }
      });
    }
    if (flushing) this.defer(() => this.#outgoing.forward(super.flush(this)));
    this.#announce({ state: "none" });
  }

  #discard({ ticket, payload, resolve }, reason) {
    this.#outgoing.lose(ticket, reason);
    resolve?.(reason);
    this.discard({ data: payload, reason, ticket });
  }

  /** The session is over. What was not sent for a session that never began waits for the next. */
  #lose(reason, code, { lost }) {
    const begun = this.#begun;
    const ends = reason === "given-up" || reason === "no-sessions";
    const unhandled = [];
    const again = [];
    for (const { number, fate } of lost) {
      if (!begun && !ends) {
        again.push(this.#outgoing.get(number));
        continue;
      }
      const why = begun ? fate : "closed";
      const { payload: data, ticket } = this.#outgoing.remove(number, why);
      unhandled.push({ data, reason: why, ticket });
    }
    if (again.length) this.#outgoing.removeAll();
    for (const message of unhandled) this.discard(message);
    if (begun || reason !== "given-up") {
      const members = { reason, code: code || undefined, handled: this.#delivered, unhandled };
      this.defer(() => emit(this.socket, "sessionlost", members));
    }
    this.#begun = false;
    this.#delivered = 0;
    this.#handling.reset();
    if (this.#over) return;
    if (this.#closing || (reason === "no-sessions" && this.#required)) {
      this.defer(() => this.#over || this.input(TERMINATE));
      return;
    }
    this.#client = this.#makeClient();
    for (const message of again) this.#accept(message);
  }

  /** The session was closed, by whichever end: so is the socket. */
  #closed() {
    if (this.#over) return;
    const { code, reason } = this.#closing ?? {};
    this.defer(() => super.close(this.socket, code, reason));
  }

  #closeConnection({ code, reason }) {
    if (this.#over || !this.#on) return;
    if (this.#gating) this.defer(() => this.input(GATE, this.attempt, 0));
    else this.hangup(code, reason);
  }

  #scheduleTick() {
    const due = this.#client.deadline();
    if (due < 0 || due >= this.#due) return;
    this.#due = due;
    wake(due, () => {
      if (this.#due !== due) return;
      this.#due = Infinity;
      this.#client.tick(now());
      this.#act();
      this.run();
    });
  }
}

function unescaped(event) {
  const { data, origin, lastEventId } = event;
  return new MessageEvent("message", { data: data.slice(1), origin, lastEventId });
}
