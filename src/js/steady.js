// The inside of a steady socket: speaks for the application to the core, and the other way round.

import { copy, message, mutable, receivedLength, size, strings, usv } from "./convert.js";
import { address, core, native, over, refusal } from "./core.js";
import { Handlers, fire, tell as announce } from "./events.js";
import { Listeners, own } from "./listeners.js";
import { objection, read } from "./options.js";
import { streams } from "./streams.js";

const { addEventListener, removeEventListener } = EventTarget.prototype;

const VERBS = { connect: 0, terminate: 1, reconnect: 2, giveUp: 3, newSession: 4, watch: 5 };
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

/** The sockets that are not over, by the core's number. They are held until then: something may still happen. */
const live = [];
const freed = new FinalizationRegistry((handle) => core.steady_free(handle));

let refused;

export class Steady {
  #socket;
  #url;
  #protocols;
  #fields;
  #handlers = new Handlers((adds, type, listener) => this.listen(this.#socket, adds, type, listener));
  #native;
  #binaryType = "blob";
  #waiting = [];
  #fates = new Map();
  #discarded = [];
  #pending = [];

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
    refused = undefined;
    this.handle = core.steady_new(numbers);
    if (this.handle < 0) objection(...refused);
    // The core's callbacks find it by its number; the object itself is held only until the end.
    this.#socket = socket;
    this.listeners = new Listeners(socket);
    live[this.handle] = this;
    freed.register(socket, this.handle);
  }

  connect() {
    const { signal } = this.#fields;
    if (signal?.aborted) return this.do("terminate");
    if (signal) {
      this.abort = () => this.do("terminate");
      signal.addEventListener("abort", this.abort);
    }
    this.do("connect");
  }

  // ---- what the application does -----------------------------------------------------------------------

  do(verb, at) {
    const answer = core.steady_do(this.handle, VERBS[verb]);
    if (answer < 0) throw refusal(answer, at ?? "Failed");
  }

  readyState() {
    return core.steady_state(this.handle);
  }

  bufferedAmount() {
    return core.steady_buffered(this.handle);
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
    const answer = core.steady_send(this.handle, size, payload);
    if (answer < 0) throw refusal(answer, at);
  }

  #track(payload, at, wishes) {
    if (Object(wishes) !== wishes) throw new TypeError(`${at}: The options must be an object.`);
    const { key, ttl, session = false } = wishes;
    if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) {
      throw new TypeError(`${at}: ttl must be a number above 0.`);
    }
    const bytes = size;
    const kept = mutable ? copy(payload) : payload;
    const ticket = core.steady_ticket(this.handle);
    let settle;
    const fate = new Promise((resolve) => {
      settle = resolve;
    });
    this.#fates.set(ticket, settle);
    // A closed socket still has to say what becomes of this one.
    const was = live[this.handle];
    live[this.handle] = this;
    const name = key === undefined ? key : `${key}`;
    const answer = core.steady_track(this.handle, bytes, kept, name, ttl ?? -1, !!session, true);
    live[this.handle] = was;
    if (answer < 0) {
      this.#fates.delete(ticket);
      throw refusal(answer, at);
    }
    return {
      ticket,
      fate,
      cancel: () => core.steady_cancel(this.handle, ticket) >= 0,
    };
  }

  close(socket, code, reason, at) {
    const answer = core.steady_close(this.handle, code ?? -1, reason ?? "");
    if (answer < 0) throw refusal(answer, at, code);
  }

  terminate(socket, at) {
    this.do("terminate", at);
  }

  ready(socket, at) {
    if (this.readyState() > 1) return Promise.reject(over(at));
    return core.steady_pressed(this.handle) ? this.#wait("drain", at) : Promise.resolve();
  }

  flushed(socket, at) {
    if (this.readyState() > 2) return Promise.reject(over(at));
    const waiting = this.#wait("flushed", at);
    this.do("watch");
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
      stats[name] = core.steady_stat(this.handle, place);
    });
    const roundTrip = core.steady_stat(this.handle, STATS.length);
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
      if (!core.steady_awaits(this.handle, attempt)) return;
      const list = fixed ? protocols : strings(protocols ?? [], NEW);
      const href = fixed && this.text.url ? this.text.url : address(usv(url), list, NEW);
      const made = new native(href, list);
      own(made, this.#socket);
      made.binaryType = this.#binaryType;
      this.#native = made;
      this.text.url = href;
      core.steady_dialed(this.handle, attempt, made, href);
    } catch (cause) {
      // A provider that fails is an attempt that fails. It is nobody's exception, but not a secret either.
      await undefined;
      console.warn("steady-websocket: no connection could be begun.", cause);
      core.steady_refused(this.handle, attempt);
    }
  }

  async gate(attempt) {
    await undefined;
    const { handle } = this;
    const send = (data) => {
      const at = "Failed to execute 'send' in beforeFlush";
      const payload = message(data, at);
      const answer = core.steady_aside(handle, attempt, size, payload);
      if (answer < 0) throw refusal(answer, at);
    };
    let open = true;
    try {
      await this.#fields.beforeFlush.call(undefined, { send, socket: this.#socket, attempt });
    } catch (cause) {
      reportError(cause);
      open = false;
    }
    core.steady_gate(handle, attempt, open);
  }

  ping(attempt) {
    const asked = this.#fields["heartbeat.message"];
    try {
      const payload = message(typeof asked === "function" ? asked() : (asked ?? ""), "heartbeat.message");
      core.steady_aside(this.handle, attempt, size, payload);
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
    core.steady_decide(this.handle, attempt, answer);
  }

  receive({ data }) {
    const length = receivedLength(data);
    const isReply = this.#fields["heartbeat.isReply"];
    try {
      return isReply?.(data) === true ? -1 - length : length;
    } catch (cause) {
      reportError(cause);
      return length;
    }
  }

  deliver(event) {
    this.#flush();
    this.listeners.deliver(event, this.#socket);
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
      if (!announce(this.#socket, "reconnecting", members, { cancelable: true })) this.do("giveUp");
    });
  }

  discard(ticket, data, why) {
    // Those that go together are told together.
    if (!this.#discarded.length) {
      this.#later(() => {
        const messages = this.#discarded;
        this.#discarded = [];
        announce(this.#socket, "discard", { messages });
      });
    }
    this.#discarded.push({ data, reason: FATES[why], ticket });
  }

  fate(ticket, what) {
    this.#fates.get(ticket)?.(FATES[what]);
    this.#fates.delete(ticket);
  }

  ended(members) {
    this.#later(() => {
      live[this.handle] = undefined;
      this.#native = undefined;
      this.#fields.signal?.removeEventListener("abort", this.abort);
      this.#settle();
      fire(this.#socket, new CloseEvent("close", members));
    });
  }

  /** Tells the application, but not inside whatever verb made it happen. */
  #later(say) {
    this.#pending.push(say);
    if (this.#pending.length === 1) queueMicrotask(() => this.#flush());
  }

  #flush() {
    for (let say; (say = this.#pending.shift()); ) say();
  }
}

// The core calls these by the socket's number.
export const misconfigured = (field, rule) => {
  refused = [field, rule];
};
export const dial = (handle, attempt) => live[handle]?.dial(attempt);
export const gate = (handle, attempt) => live[handle]?.gate(attempt);
export const ping = (handle, attempt) => live[handle]?.ping(attempt);
export const ask = (handle, attempt, code, reason, wasClean) =>
  live[handle]?.ask(attempt, { code, reason, wasClean });
export const receive = (handle, event) => live[handle]?.receive(event) ?? 0;
export const deliver = (handle, event) => live[handle]?.deliver(event);
export const tell = (handle, kind) => live[handle]?.tell(kind);
export const ended = (handle, code, reason, wasClean) => live[handle]?.ended({ code, reason, wasClean });
export const reconnecting = (handle, attempt, delay, inDoubt, code, reason, wasClean) =>
  live[handle]?.reconnecting({ code, reason, wasClean, attempt, delay, inDoubt });
export const discard = (handle, ticket, data, why) => live[handle]?.discard(ticket, data, why);
export const fate = (handle, ticket, what) => live[handle]?.fate(ticket, what);
