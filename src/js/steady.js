// The inside of a steady socket, and the core's shell: carries out what the core asks for, and tells it what the
// application, the native socket, the clock and the page do.

import { copy, message, mutable, receivedLength, size, strings, usv } from "./convert.js";
import {
  ASIDE,
  ATTEMPTS,
  AWAITS,
  BUFFERED_AMOUNT,
  CANCEL,
  CLOSE,
  CONNECT,
  DECIDE,
  DELIVERS,
  DIALED,
  FAILED,
  GATE,
  GIVE_UP,
  NEXT_TICKET,
  OPENED,
  OVER,
  OVER_CLEANLY,
  PARTING,
  PRESSED,
  READY_STATE,
  RECEIVED,
  SEND,
  TERMINATE,
  TICK,
  TRACK,
  WATCH,
  address,
  core,
  heard,
  keep,
  kept,
  native,
  over,
  refusal,
  spell,
} from "./core.js";
import { Handlers, fire, tell as announce } from "./events.js";
import { Listeners, own } from "./listeners.js";
import { objection, read } from "./options.js";
import { join, leave, lookAtClock } from "./page.js";
import { streams } from "./streams.js";

const { addEventListener, removeEventListener } = EventTarget.prototype;

const STOP = -1;
const USUAL = -2;
const AGAIN = -3;

/** What becomes of a message: `steady.rs` numbers them. */
const FATES = [
  "handed-over",
  "overflow",
  "expired",
  "replaced",
  "cancelled",
  "stale-session",
  "closed",
  "in-doubt",
];
const STATS = [
  "attempts",
  "connections",
  "sentMessages",
  "sentBytes",
  "receivedMessages",
  "receivedBytes",
  "discarded",
  "inDoubt",
  "queuedMessages",
  "queuedBytes",
];
const NEW = "Failed to construct 'SteadyWebSocket'";
const ABNORMAL = 1006;

/** The sockets that are not over, by the core's number. They are held until then: something may still happen. */
const live = [];
const freed = new FinalizationRegistry((handle) => core.free(handle));

export class Steady {
  #socket;
  #url;
  #protocols;
  #fields;
  #handlers = new Handlers((adds, type, listener) => this.listen(this.#socket, adds, type, listener));
  #native;
  /** The attempt that {@link #native} is of. */
  #attempt = 0;
  #timer = 0;
  #due = Infinity;
  #binaryType = "blob";
  #waiting = [];
  #fates = new Map();
  #discarded = [];
  /** What is to be told, in the order in which it happened. */
  #pending = [];
  /** How many of the application's own calls are under way. */
  #calls = 0;
  #telling = false;

  constructor(socket, url, protocols = [], options = undefined) {
    const { fields, numbers } = read(options);
    this.#fields = fields;
    this.#url = typeof url === "function" ? url : usv(url);
    this.#protocols = typeof protocols === "function" ? protocols : strings(protocols, NEW);
    this.text = { url: "", protocol: "", extensions: "" };
    // What is fixed can be wrong at once.
    const fixed = typeof this.#url === "string" ? this.#url : "ws://x";
    const href = address(fixed, typeof protocols === "function" ? [] : this.#protocols, NEW);
    if (fixed === this.#url) this.text.url = href;
    for (const number of numbers) core.put(number);
    this.handle = core.make(true, Math.random() * 2 ** 53);
    if (this.handle < 0) objection(heard().split("\n"));
    // The core's callbacks find it by its number; the object itself is held only until the end.
    this.#socket = socket;
    this.listeners = new Listeners(socket);
    live[this.handle] = this;
    freed.register(socket, this.handle);
  }

  connect() {
    const { signal } = this.#fields;
    if (signal?.aborted) return this.do(TERMINATE);
    if (signal) {
      this.abort = () => this.do(TERMINATE);
      signal.addEventListener("abort", this.abort);
    }
    join(this);
    this.do(CONNECT);
  }

  // ---- what the application does -----------------------------------------------------------------------

  #act(verb, a = 0, b = 0, c = 0) {
    return core.steady(this.handle, performance.now(), verb, a, b, c);
  }

  #look(question, a = 0) {
    return core.look(this.handle, question, a);
  }

  /** The application calls: what that causes is told when it is done. */
  #call(verb, a, b, c) {
    this.#calls++;
    const answer = this.#act(verb, a, b, c);
    this.#calls--;
    return answer;
  }

  do(verb, at) {
    const answer = this.#call(verb);
    if (answer < 0) throw refusal(answer, at ?? "Failed");
  }

  readyState() {
    this.#follow();
    return this.#look(READY_STATE);
  }

  bufferedAmount() {
    return this.#look(BUFFERED_AMOUNT, this.sample());
  }

  get(socket, name) {
    if (name === "binaryType") return this.#binaryType;
    return this.text[name] ?? this.#handlers.get(name);
  }

  set(socket, name, value) {
    if (name !== "binaryType") return this.#handlers.set(name, value);
    if (value !== "blob" && value !== "arraybuffer") return;
    this.#binaryType = value;
    if (this.#native) this.#native.binaryType = value;
  }

  listen(socket, adds, type, ...rest) {
    if (type === "message") this.listeners[adds ? "add" : "remove"](...rest);
    else (adds ? addEventListener : removeEventListener).call(socket, type, ...rest);
  }

  send(socket, data, at, wishes) {
    let payload = message(data, at);
    if (wishes !== undefined) return this.#track(payload, at, wishes);
    // Only what may have to wait is copied: an open socket hands it over before this returns. That it may
    // come back unsent is worth a copy as well.
    if (mutable) payload = copy(payload);
    this.#follow();
    const answer = this.#call(SEND, size, keep(payload));
    if (answer < 0) throw refusal(answer, at);
  }

  #track(payload, at, wishes) {
    if (Object(wishes) !== wishes) throw new TypeError(`${at}: The options must be an object.`);
    const { key, ttl, session = false } = wishes;
    if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) {
      throw new TypeError(`${at}: ttl must be a number above 0.`);
    }
    const name = `${key}`;
    const bytes = size;
    const own = mutable ? copy(payload) : payload;
    const ticket = this.#look(NEXT_TICKET);
    let settle;
    const fate = new Promise((resolve) => {
      settle = resolve;
    });
    this.#fates.set(ticket, settle);
    // A closed socket still has to say what becomes of this one.
    const was = live[this.handle];
    live[this.handle] = this;
    this.#follow();
    for (const wish of [ttl ?? -1, +!!session, +(key !== undefined)]) core.put(wish);
    if (key !== undefined) spell(name);
    const answer = this.#call(TRACK, bytes, keep(own));
    live[this.handle] = was;
    if (answer < 0) {
      this.#fates.delete(ticket);
      throw refusal(answer, at);
    }
    return {
      ticket,
      fate,
      cancel: () => this.#call(CANCEL, ticket) >= 0,
    };
  }

  close(socket, code, reason, at) {
    spell(reason ?? "");
    const answer = this.#call(CLOSE, code ?? -1);
    if (answer < 0) throw refusal(answer, at, code);
  }

  terminate(socket, at) {
    this.do(TERMINATE, at);
  }

  ready(socket, at) {
    if (this.readyState() > 1) return Promise.reject(over(at));
    return this.#look(PRESSED) ? this.#wait("drain", at) : Promise.resolve();
  }

  flushed(socket, at) {
    if (this.readyState() > 2) return Promise.reject(over(at));
    const waiting = this.#wait("flushed", at);
    this.do(WATCH);
    return waiting;
  }

  #wait(what, at) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ what, resolve, reject: () => reject(over(at)) });
    });
  }

  #settle(what) {
    this.#waiting = this.#waiting.filter((one) => {
      if (what && one.what !== what) return true;
      what ? one.resolve() : one.reject();
    });
  }

  stats() {
    const stats = {};
    STATS.forEach((name, place) => {
      stats[name] = this.#look(ATTEMPTS + place);
    });
    const roundTrip = this.#look(ATTEMPTS + STATS.length);
    stats.roundTrip = roundTrip < 0 ? undefined : roundTrip;
    return stats;
  }

  streams(socket) {
    return (this.pair ??= streams(socket));
  }

  // ---- what the core asks for --------------------------------------------------------------------------

  async dial(attempt) {
    const fixed = typeof this.#url === "string" && typeof this.#protocols !== "function";
    try {
      // Asked again at every attempt, so that a token can be fresh; not inside whoever caused the attempt.
      if (!fixed) await undefined;
      const [url, protocols] = fixed
        ? [this.#url, this.#protocols]
        : await Promise.all([
            typeof this.#url === "string" ? this.#url : this.#url(attempt),
            typeof this.#protocols === "function" ? this.#protocols(attempt) : this.#protocols,
          ]);
      if (!this.#look(AWAITS, attempt)) return;
      const list = fixed ? protocols : strings(protocols ?? [], NEW);
      const href = fixed && this.text.url ? this.text.url : address(usv(url), list, NEW);
      const made = new native(href, list);
      own(made, this.#socket);
      made.binaryType = this.#binaryType;
      this.text.url = href;
      this.#listen(made, attempt);
      this.#act(DIALED, attempt);
    } catch (cause) {
      // A provider that fails is an attempt that fails. It is nobody's exception, but not a secret either.
      await undefined;
      console.warn("steady-websocket: no connection could be begun.", cause);
      this.#over(attempt, ABNORMAL, "", false, 0);
    }
  }

  // ---- the native socket, the clock, the page ----------------------------------------------------------

  #listen(made, attempt) {
    this.#native = made;
    this.#attempt = attempt;
    // One that was let go of goes unheard.
    const on = (type, hear) =>
      made.addEventListener(type, (event) => {
        if (this.#native === made) hear(event);
      });
    on("open", () => this.#act(OPENED, attempt));
    on("message", (event) => this.#received(event, attempt));
    on("error", () => this.#act(FAILED, attempt));
    on("close", ({ code, reason, wasClean }) => {
      const unsent = made.bufferedAmount;
      this.#native = undefined;
      this.#over(attempt, code, reason, wasClean, unsent);
    });
  }

  #over(attempt, code, reason, wasClean, unsent) {
    spell(reason);
    this.#act(wasClean ? OVER_CLEANLY : OVER, attempt, unsent, code);
  }

  /** The native socket begins to close without an event; whoever looks or acts shall know. */
  #follow() {
    if (this.#native?.readyState === 2 && this.#look(READY_STATE) === 1) this.#act(PARTING, this.#attempt);
  }

  #received(event, attempt) {
    const { data } = event;
    const isReply = this.#fields["heartbeat.isReply"];
    let pong = false;
    try {
      pong = isReply?.(data) === true;
    } catch (cause) {
      reportError(cause);
    }
    const wanted = !pong && this.#look(DELIVERS, attempt);
    this.#act(RECEIVED, attempt, receivedLength(data), +pong);
    if (!wanted) return;
    this.#flush();
    this.listeners.deliver(event, this.#socket);
  }

  page(what) {
    this.#act(what);
  }

  transmit(place) {
    this.#native?.send(kept[place]);
  }

  sample() {
    return this.#native?.bufferedAmount ?? 0;
  }

  hangup(code) {
    const reason = heard();
    if (code >= 0) this.#native.close(code, reason);
    else if (reason) this.#native.close(undefined, reason);
    else this.#native.close();
  }

  abandon() {
    const unsent = this.sample();
    const left = this.#native;
    this.#native = undefined;
    left?.close();
    return unsent;
  }

  /** One timer, moved only when it would fire too late: fired early, it is set again. */
  arm(deadline) {
    this.#tellDiscarded();
    if (deadline < 0 || deadline >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = deadline;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      lookAtClock();
      this.#act(TICK);
    }, deadline - performance.now());
  }

  async gate(attempt) {
    await undefined;
    const send = (data) => {
      const at = "Failed to execute 'send' in beforeFlush";
      const payload = message(data, at);
      const answer = this.#act(ASIDE, attempt, size, keep(payload));
      if (answer < 0) throw refusal(answer, at);
    };
    let open = true;
    try {
      await this.#fields.beforeFlush.call(undefined, { send, socket: this.#socket, attempt });
    } catch (cause) {
      reportError(cause);
      open = false;
    }
    this.#act(GATE, attempt, +open);
  }

  ping(attempt) {
    const asked = this.#fields["heartbeat.message"];
    try {
      const payload = message(typeof asked === "function" ? asked() : (asked ?? ""), "heartbeat.message");
      this.#act(ASIDE, attempt, size, keep(payload));
    } catch (cause) {
      reportError(cause);
    }
  }

  async ask(attempt, closure) {
    await undefined;
    let answer = USUAL;
    try {
      const said = await this.#fields.retry.call(undefined, closure);
      if (typeof said === "number" && said >= 0) answer = said;
      else if (typeof said === "boolean") answer = said ? AGAIN : STOP;
    } catch (cause) {
      reportError(cause);
    }
    this.#act(DECIDE, attempt, answer);
  }

  tell(kind) {
    if (kind === 0) {
      this.text.protocol = this.#native.protocol;
      this.text.extensions = this.#native.extensions;
    }
    this.#later(() => {
      if (kind === 3) return this.#settle("flushed");
      fire(this.#socket, new Event(["open", "error", "drain"][kind]));
      if (kind === 2) this.#settle("drain");
    });
  }

  reconnecting(members) {
    this.#later(() => {
      if (!announce(this.#socket, "reconnecting", members, { cancelable: true })) this.do(GIVE_UP);
    });
  }

  discard(ticket, data, why) {
    // Those that go together are told together: at the end of the round, or before what comes next.
    this.#discarded.push({ data, reason: FATES[why], ticket });
  }

  fate(ticket, what) {
    this.#fates.get(ticket)?.(FATES[what]);
    this.#fates.delete(ticket);
  }

  ended(members) {
    this.#later(() => {
      live[this.handle] = undefined;
      clearTimeout(this.#timer);
      leave(this);
      this.#fields.signal?.removeEventListener("abort", this.abort);
      this.#settle();
      // Node 22 has none.
      if (globalThis.CloseEvent) fire(this.#socket, new CloseEvent("close", members));
      else announce(this.#socket, "close", members);
    });
  }

  #tellDiscarded() {
    const messages = this.#discarded;
    if (!messages.length) return;
    this.#discarded = [];
    this.#later(() => announce(this.#socket, "discard", { messages }));
  }

  /** Tells the application: at once if the browser called us, when the caller is done if the application did. */
  #later(say) {
    this.#tellDiscarded();
    this.#pending.push(say);
    if (!this.#calls) this.#flush();
    else if (this.#pending.length === 1) queueMicrotask(() => this.#flush());
  }

  #flush() {
    if (this.#telling) return;
    this.#telling = true;
    for (let say; (say = this.#pending.shift()); ) say();
    this.#telling = false;
  }
}

// The core calls these by the socket's number.
export const dial = (handle, attempt) => live[handle]?.dial(attempt);
export const gate = (handle, attempt) => live[handle]?.gate(attempt);
export const ping = (handle, attempt) => live[handle]?.ping(attempt);
export const ask = (handle, attempt, code, wasClean) =>
  live[handle]?.ask(attempt, { code, reason: heard(), wasClean: !!wasClean });
export const transmit = (handle, place) => live[handle]?.transmit(place);
export const sample = (handle) => live[handle]?.sample() ?? 0;
export const hangup = (handle, code) => live[handle]?.hangup(code);
export const abandon = (handle) => live[handle]?.abandon() ?? 0;
export const arm = (handle, deadline) => live[handle]?.arm(deadline);
export const tell = (handle, kind) => live[handle]?.tell(kind);
export const ended = (handle, code, wasClean) =>
  live[handle]?.ended({ code, reason: heard(), wasClean: !!wasClean });
export const reconnecting = (handle, attempt, delay, inDoubt, code, wasClean) =>
  live[handle]?.reconnecting({ code, reason: heard(), wasClean: !!wasClean, attempt, delay, inDoubt });
export const discard = (handle, ticket, place, why) => live[handle]?.discard(ticket, kept[place], why);
export const fate = (handle, ticket, what) => live[handle]?.fate(ticket, what);
