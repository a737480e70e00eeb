// One run: one socket, one fault, messages both ways; then both ends are compared.

import { Chance } from "./chance.js";
import { judge } from "./judge.js";
import { make, numberOf } from "./messages.js";
import { forget, watch } from "./native.js";
import { subjects } from "./subjects.js";

/**
 * How long a run waits, in ms. Ours must come back, however slow the machine is, and though Firefox puts off for up to
 * a minute what follows failures; others may not come back at all; what hangs in a strict socket hangs for ever.
 */
const PATIENCE = { mine: 90_000, others: 3_000, hung: 800 };
/** More than this is not sent while nothing leaves. */
const MOST_WAITING = 6 << 20;
/** From so many on, before the fault and after it, there are few more. */
const MOST_MESSAGES = 300;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The control port of one server, for one socket's connections. */
export class Control {
  constructor(server, id) {
    this.server = server;
    this.id = id;
  }

  async #ask(method, path) {
    const url = `${this.server.http}${path}${path.includes("?") ? "&" : "?"}id=${this.id}`;
    const answer = await fetch(url, { method });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${json.error}`);
    return json;
  }

  post(path) {
    return this.#ask("POST", path);
  }

  get(path) {
    return this.#ask("GET", path);
  }

  forget() {
    return this.#ask("DELETE", "/log");
  }
}

export class Run {
  messages = [];
  /** What was said of each message, in its order. */
  words = new Map();
  /** Those that were promised a fate, and the fates. */
  tracked = new Set();
  fates = new Map();
  trace = [];
  echoes = [];
  refused = 0;
  #waiting = [];

  constructor(fault, subject, seed, server) {
    this.fault = fault;
    this.subject = subject;
    this.seed = seed;
    this.chance = new Chance(seed);
    this.id = crypto.randomUUID();
    this.server = subjects[subject].pair ? server.relay : server;
    this.control = new Control(this.server, this.id);
    this.connections = watch(this.id, () => this.changed(), subjects[subject].numberOf);
  }

  // ---- what the socket does ----------------------------------------------------------------------------

  heard(event) {
    this.trace.push(event);
    if (event.type === "close") this.closed = event;
    this.changed();
  }

  echoed(data) {
    if (data instanceof Blob) return;
    const number = numberOf(data);
    this.echoes.push(number);
    const back = number >= this.since && this.connections.at(-1).opened > this.struck;
    if (back) this.recovered ??= performance.now();
    this.changed();
  }

  word(number, what) {
    if (!this.words.has(number)) this.words.set(number, []);
    this.words.get(number).push(what);
  }

  fate(number, what) {
    this.fates.set(number, what);
    this.changed();
  }

  // ---- waiting -----------------------------------------------------------------------------------------

  changed() {
    for (const look of this.#waiting) look();
  }

  /** Waits until it is so, at most so long; whether it is. */
  async until(so, ms) {
    if (so()) return true;
    let look;
    const met = new Promise((resolve) => {
      look = () => so() && resolve();
      this.#waiting.push(look);
    });
    await Promise.race([met, pause(ms)]);
    this.#waiting = this.#waiting.filter((one) => one !== look);
    return so();
  }

  // ---- the run -----------------------------------------------------------------------------------------

  async go() {
    const { first, strike } = this.fault;
    // A socket that reconnects can meet a bad handshake later as well.
    const later = Boolean(first) && subjects[this.subject].returns && this.chance.in(0.4);
    if (first && !later) await this.#prepare();
    this.begin();
    if (strike || later) await this.flowing();
    if (later) {
      await this.#prepare();
      await this.control.post(`/kill?mode=${this.chance.one(["rst", "fin"])}`);
    }
    if (strike) {
      this.strikes();
      await strike(this.control, this.chance);
    } else {
      await this.#suffer(later ? 1 : 0);
    }
    await this.until(() => this.recovered || this.#over(), this.#patience());
    await this.fault.after?.(this.control);
    return this.finish();
  }

  /** Opens the socket, and keeps sending. */
  begin() {
    const { path = "/echo", open } = subjects[this.subject];
    this.socket = open(`${this.server.ws}${path}?id=${this.id}`, this);
    this.pump = this.#pump();
  }

  /** Waits until messages flow both ways, and a little longer. */
  async flowing() {
    if (!(await this.until(() => this.echoes.length > 0, PATIENCE.mine))) throw new Error("nothing flows");
    await pause(this.chance.between(0, 60));
  }

  /** Stops sending, closes, and compares both ends. */
  async finish() {
    this.done = true;
    await this.pump;
    await this.#close();
    return this.#judge();
  }

  /** From here on an answer over a newer connection says that the socket is back. */
  strikes(at = performance.now()) {
    this.struck = at;
    this.since = this.messages.length;
  }

  /** Waits for the fault that this connection meets. */
  async #suffer(place) {
    const met = () => this.connections[place]?.ended || this.#over();
    // Only the application can cancel a handshake that is never answered.
    await this.until(met, this.#patience());
    const connection = this.connections[place];
    const at = this.fault.hangs ? connection?.made : connection?.ended;
    if (at) this.strikes(at);
  }

  /** It is over, and will not be back: others may fire `close` at every loss. */
  #over() {
    const { mine, returns } = subjects[this.subject];
    return Boolean(this.closed) && (mine || !returns);
  }

  #patience() {
    const { mine, returns, pair } = subjects[this.subject];
    if (!returns && this.fault.hangs) return PATIENCE.hung;
    return mine || pair ? PATIENCE.mine : PATIENCE.others;
  }

  /** The server will treat the next connections so. */
  async #prepare() {
    for (const path of this.fault.first(this.chance)) {
      await this.control.post(`/mode?n=1&path=${encodeURIComponent(path)}`);
    }
  }

  async #pump() {
    const { returns, blobs } = subjects[this.subject];
    while (!this.done) {
      const many = this.messages.length >= (this.since ?? 0) + MOST_MESSAGES;
      const burst = many ? 1 : this.chance.between(1, 5);
      for (let sent = 0; sent < burst; sent++) {
        if (this.socket.bufferedAmount > MOST_WAITING) break;
        const message = make(this.messages.length, this.chance, this.fault.large);
        if (message.kind === "blob" && !blobs) continue;
        message.state = this.socket.readyState;
        try {
          this.messages.push(message);
          this.socket.send(message);
        } catch {
          // A connecting strict socket, or a full queue: `send` threw.
          this.messages.pop();
          this.refused++;
          if (!returns) break;
        }
      }
      await pause(many ? 200 : this.chance.between(1, 12));
    }
  }

  async #close() {
    const { mine, returns, rules } = subjects[this.subject];
    if (!mine) {
      // They cannot report it, so this is what an application can do.
      for (let tries = 0; tries < 40 && this.socket.bufferedAmount > 0; tries++) await pause(25);
      this.left = this.socket.bufferedAmount;
    }
    // The account is about whatever is under way while an application closes.
    this.asked = this.trace.length;
    if (!this.closed || !mine) {
      this.heard({ type: "asked" });
      this.socket.close();
    }
    const over = () => this.closed && this.connections.every(({ ended }) => ended);
    if (await this.until(over, mine && returns ? 30_000 : 1_500)) return this.#settle(rules);
    // The browser itself waits for a minute.
    await this.control.post("/kill");
    await this.until(over, 5_000);
    return this.#settle(rules);
  }

  /** What may be reported after the end: fates are promises, Rust's messages a stream. */
  async #settle(rules) {
    await this.until(() => this.fates.size >= this.tracked.size, 2_000);
    if (rules === "rust") await this.until(() => this.trace.at(-1).type === "exhausted", 2_000);
    await pause(0);
  }

  async #judge() {
    const { connections } = await this.control.get("/log?brief");
    const log = await this.control.get(`/log?ended=${connections.length}&timeout_ms=5000`);
    forget(this.id);
    await this.control.forget();
    return judge(this, subjects[this.subject], log);
  }
}
