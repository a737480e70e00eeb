// "steady-websocket/network": a network in the page or the test process, with a clock of its own.

import { Engine } from "./engine.js";
import { Peer, Request } from "./peer.js";
import { clock as platformClock, queueTask, task } from "./platform.js";
import { Timers } from "./timers.js";
import { emulate } from "./websocket.js";

const OPTIONS = ["seed", "latency", "bandwidth", "buffer", "origin", "clock"];
/** So many events and timers are endless: all those of an `idle`, or those at one time of another call. */
const MOST_STEPS = 100_000;
/** How long `advance` waits for a promise. */
const DAY = 24 * 3600 * 1000;

/** Undefined outside of pages, and in those without an origin. */
const pageOrigin = () => {
  const origin = globalThis.location?.origin;
  return origin === "null" ? undefined : origin;
};

function check(options) {
  if (Object(options) !== options) throw new TypeError("options must be an object.");
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) throw new TypeError(`options.${name} is not an option.`);
  }
  const number = (name, usual, rule, accepts) => {
    const value = options[name];
    if (value === undefined) return usual;
    if (!(typeof value === "number" && accepts(value))) throw new TypeError(`options.${name} must be ${rule}.`);
    return value;
  };
  const whole = (value) => Number.isSafeInteger(value) && value >= 0;
  const positive = (value) => Number.isSafeInteger(value) && value > 0;
  const { clock = "virtual", origin = pageOrigin() } = options;
  if (origin !== undefined && typeof origin !== "string") throw new TypeError("options.origin must be a string.");
  if (clock !== "virtual" && clock !== "real") throw new TypeError('options.clock must be "virtual" or "real".');
  return {
    seed: number("seed", 0, "an integer, 0 or more", whole),
    latency: number("latency", 0, "a number, 0 or more", (value) => value >= 0),
    bandwidth: number("bandwidth", -1, "an integer above 0", positive),
    buffer: number("buffer", -1, "an integer above 0", positive),
    origin,
    clock,
  };
}

/** Replaces a property, and returns a function that restores it. */
function replace(object, name, descriptor) {
  const former = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, descriptor);
  return () => {
    if (former) Object.defineProperty(object, name, former);
    else delete object[name];
  };
}

export class Network {
  #engine;
  #real;
  #origin;
  #began = platformClock.now();
  /** As the platform has it: our own classes compare the two clocks to detect sleep. */
  #wallOffset = platformClock.wallNow() - this.#began;
  #timers = new Timers();
  #listeners = new Map();
  /** What receives the events of a connection: the client's function, and the peer. */
  #clients = new Map();
  #peers = new Map();
  /** What application code still has to do before time may pass: Blobs that are being read. */
  #pending = new Set();
  #timer;
  /** In real time: whether a task is queued that dispatches what is due. */
  #queued = false;
  /** Resolves when the call that lets time pass is done. */
  #running;
  /** The properties that `install` has replaced. */
  #installed;
  #wire = this.#makeWire();
  #WebSocket;

  constructor(options = {}) {
    const { seed, latency, bandwidth, buffer, origin, clock } = check(options);
    this.#engine = new Engine(seed, latency, bandwidth, buffer);
    this.#real = clock === "real";
    this.#origin = origin;
    this.#WebSocket = emulate(this.#wire, this.#clock());
  }

  /** The emulated class. */
  get WebSocket() {
    return this.#WebSocket;
  }

  /** The time in milliseconds since the network was made. */
  get now() {
    return this.#real ? platformClock.now() - this.#began : this.#engine.now();
  }

  /** Whether the machine is offline: connections fail, and nothing travels. */
  get offline() {
    return this.#engine.isOffline();
  }

  set offline(value) {
    if (typeof value !== "boolean") throw new TypeError("offline must be a boolean.");
    if (value === this.offline) return;
    this.#call("setOffline", value);
    // Last: listeners may call anything.
    globalThis.dispatchEvent?.(new Event(value ? "offline" : "online"));
  }

  /** How many connections have an end that is not closed. */
  get connections() {
    return this.#engine.connections();
  }

  /** What crossed the wire: handshakes, frames, ends of streams. */
  get wire() {
    return this.#engine.wire();
  }

  /** The wire as text. */
  text() {
    return this.#engine.text();
  }

  /** The wire as a capture file, which Wireshark opens. */
  pcapng() {
    return this.#engine.pcapng();
  }

  /** Makes the emulated class the global one. Our own classes stand on it, and use this network's clock. */
  install() {
    if (this.#installed) throw new Error("This network is installed already.");
    this.#installed = [replace(globalThis, "WebSocket", { value: this.#WebSocket, writable: true, configurable: true })];
    // Not in Node, which does not know it.
    if (globalThis.navigator && "onLine" in navigator) {
      this.#installed.push(replace(navigator, "onLine", { get: () => !this.offline, configurable: true }));
    }
  }

  /** Puts back what was there before `install`. */
  uninstall() {
    if (!this.#installed) throw new Error("This network is not installed.");
    if (globalThis.WebSocket !== this.#WebSocket) throw new Error("Another class was installed since: uninstall that first.");
    for (const restore of this.#installed) restore();
    this.#installed = undefined;
  }

  /**
   * Listens at a URL without a query; one that ends in `*` stands for all that begin like it. `handle` is called with each
   * request. Returns a function that stops listening.
   */
  listen(url, handle) {
    if (typeof handle !== "function") throw new TypeError("handle must be a function.");
    const listener = this.#engine.listen(`${url}`);
    this.#listeners.set(listener, handle);
    return () => {
      if (this.#listeners.delete(listener)) this.#engine.unlisten(listener);
    };
  }

  /** Calls a function later, on this network's clock. Returns a number for {@link clearTimeout}. */
  setTimeout(callback, delay = 0) {
    if (this.#real) return platformClock.setTimeout(callback, delay);
    return this.#timers.add(this.#engine.now() + Math.max(0, +delay || 0), callback);
  }

  /** Cancels a timer. */
  clearTimeout(timer) {
    if (this.#real) platformClock.clearTimeout(timer);
    else this.#timers.remove(timer);
  }

  /**
   * Lets so many milliseconds pass, or as much time as a promise takes to settle. Events and timers run in order, each with
   * its promises. Resolves to what the promise resolves to.
   */
  async advance(what) {
    if (this.#real) throw new Error('advance() is for networks with options.clock "virtual".');
    if (typeof what?.then !== "function") {
      if (!(Number.isFinite(what) && what >= 0)) throw new TypeError("advance() takes milliseconds, 0 or more, or a promise.");
      return this.#exclusively("advance", () => this.#runUntil("advance", this.#engine.now() + what));
    }
    let settled = false;
    const settle = () => {
      settled = true;
    };
    what.then(settle, settle);
    await this.#exclusively("advance", async () => {
      const scheduled = await this.#run("advance", this.#engine.now() + DAY, () => settled);
      if (settled) return;
      const problem = scheduled ? "a promise that is still pending after a day" : "a promise that nothing here will settle";
      throw new Error(`advance() waits for ${problem}: ${this.#engine.waiting()}.`);
    });
    return what;
  }

  /** Lets time pass until nothing is scheduled any more. */
  async idle() {
    if (this.#real) throw new Error('idle() is for networks with options.clock "virtual".');
    await this.#exclusively("idle", () => this.#run("idle", Infinity));
  }

  async #exclusively(name, run) {
    if (this.#running) throw new Error(`${name}() was called while another call of advance() or idle() is pending: await that first.`);
    let finish;
    this.#running = new Promise((resolve) => {
      finish = resolve;
    });
    try {
      await run();
    } finally {
      this.#running = undefined;
      finish();
    }
  }

  /** For assertions: lets at most so many milliseconds pass, until `done`. Does not disturb another call that does. */
  async #pass(timeout, done, arrival) {
    if (this.#real) {
      let timer;
      const late = new Promise((resolve) => {
        timer = platformClock.setTimeout(resolve, timeout);
      });
      if (!done()) await Promise.race([arrival(), late]);
      platformClock.clearTimeout(timer);
      return;
    }
    const until = this.#engine.now() + timeout;
    while (!done() && this.#running) await Promise.race([arrival(), this.#running]);
    if (!done()) await this.#exclusively("toReceiveMessage", () => this.#runUntil("toReceiveMessage", until, done));
  }

  /** Runs what is due until then, and moves the clock there, unless it is `done` before. */
  async #runUntil(name, until, done) {
    await this.#run(name, until, done);
    if (!done?.()) this.#engine.nextEvent(until);
  }

  /** Runs what is due until then, or until `done`. Returns whether more is scheduled. */
  async #run(name, until, done = () => false) {
    // What has an end in time is endless only if its time stands still.
    let steps = 0;
    for (let at; ; ) {
      await this.#settle();
      if (done()) return true;
      const timer = this.#timers.next;
      const due = this.#engine.nextTime();
      const next = Math.min(timer?.at ?? Infinity, due < 0 ? Infinity : due);
      if (next > until || next === Infinity) return next !== Infinity;
      if (next !== at && until !== Infinity) steps = 0;
      at = next;
      if (++steps > MOST_STEPS) {
        throw new Error(`${name}() has run ${MOST_STEPS} steps, and there is always another: ${this.#engine.waiting()}.`);
      }
      // At the same time, what arrives comes before timers.
      const event = this.#engine.nextEvent(next);
      if (event) this.#dispatch(event);
      else if (timer && timer.at <= this.#engine.now()) {
        this.#timers.remove(timer.id);
        timer.callback();
      }
    }
  }

  /** Lets application code finish what it can without time passing. */
  async #settle() {
    await task();
    while (this.#pending.size) {
      await Promise.all(this.#pending);
      await task();
    }
  }

  #dispatch(event) {
    const { type, connection } = event;
    if (type === "request") {
      const handle = this.#listeners.get(event.listener);
      handle?.(new Request(this.#wire, connection, event.request));
    } else if (type.startsWith("peer")) {
      const peer = this.#peers.get(connection);
      if (type === "peerClosed") this.#peers.delete(connection);
      if (peer) Peer.receive(peer, event);
    } else {
      const receive = this.#clients.get(connection);
      if (type === "closed") this.#clients.delete(connection);
      if (type !== "drained") receive?.(event);
    }
  }

  /**
   * In real time: lets the engine's clock catch up, so that calls happen now. What is due happens after the call: the
   * engine must not be ahead of the events that the application knows.
   */
  #catchUp() {
    if (this.#real) this.#engine.catchUp(this.now);
  }

  /** In real time: comes back when something is due. */
  #arm() {
    if (!this.#real) return;
    platformClock.clearTimeout(this.#timer);
    const next = this.#engine.nextTime();
    if (next < 0) return;
    const delay = Math.ceil(next - this.now);
    if (delay > 0) this.#timer = platformClock.setTimeout(() => this.#tick(), delay);
    else if (!this.#queued) {
      this.#queued = true;
      queueTask(() => {
        this.#queued = false;
        this.#tick();
      });
    }
  }

  /** In real time: dispatches one event, if one is due. */
  #tick() {
    const event = this.#engine.nextEvent(this.now);
    this.#arm();
    if (event) this.#dispatch(event);
  }

  /** Calls the engine, in real time as of now. */
  #call(method, ...args) {
    this.#catchUp();
    const result = this.#engine[method](...args);
    this.#arm();
    return result;
  }

  /** In real time a connection may be gone in the engine, and its end not dispatched yet. */
  #isLive(connection) {
    this.#catchUp();
    return this.#engine.bufferedAmount(connection) >= 0;
  }

  /** The clock and timers for our own classes (`src/js/core.js`). */
  #clock() {
    const { queueMicrotask } = platformClock;
    if (this.#real) {
      return {
        performance: { now: platformClock.now },
        Date: { now: platformClock.wallNow },
        setTimeout: platformClock.setTimeout,
        clearTimeout: platformClock.clearTimeout,
        queueMicrotask,
      };
    }
    return {
      performance: { now: () => this.#engine.now() },
      Date: { now: () => this.#wallOffset + this.#engine.now() },
      setTimeout: (callback, delay) => this.setTimeout(callback, delay),
      clearTimeout: (timer) => this.clearTimeout(timer),
      queueMicrotask,
    };
  }

  /** What clients and peers use of this network. */
  #makeWire() {
    const call = (...args) => this.#call(...args);
    return {
      connect: (url, protocols, receive) => {
        const connection = call("connect", url, protocols, this.#origin);
        this.#clients.set(connection, receive);
        return connection;
      },
      send: (connection, data) => {
        const isLive = this.#isLive(connection);
        if (isLive) call(typeof data === "string" ? "sendText" : "sendBytes", connection, data);
        return isLive;
      },
      close: (connection, code, reason) => {
        if (this.#isLive(connection)) call("close", connection, code, reason ?? "");
      },
      bufferedAmount: (connection) => Math.max(0, this.#engine.bufferedAmount(connection)),
      until: (promise) => {
        this.#pending.add(promise);
        promise.finally(() => this.#pending.delete(promise));
      },
      accept: (connection, protocol, extensions, headers, peer) => {
        call("accept", connection, protocol, extensions, headers);
        this.#peers.set(connection, peer);
      },
      refuse: (connection, ...args) => call("refuse", connection, ...args),
      fault: (connection, target, peer) => {
        call("fault", connection, target);
        this.#peers.set(connection, peer);
      },
      peer: (method, connection, ...args) => call(method, connection, ...args),
      pass: (...args) => this.#pass(...args),
      peerSend: (connection, data) => call(typeof data === "string" ? "peerSendText" : "peerSendBytes", connection, data),
      peerBufferedAmount: (connection) => this.#engine.peerBufferedAmount(connection),
    };
  }
}
