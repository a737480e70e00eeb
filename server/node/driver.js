// Drives the machine of one session: its connections, its store, its timer.

import { Head, Kind } from "./engine.js";

const now = () => performance.now();

/** A timer that does not keep the process alive; a page has no such thing. */
function later(act, delay) {
  const timer = setTimeout(act, delay);
  timer.unref?.();
  return timer;
}

/** Flat and without a prototype of the wasm's: what a store keeps. */
function plain(head, names) {
  const fields = {};
  for (const name of names) fields[name] = head[name];
  head.free();
  return fields;
}

const KEYS = ["secret", "nonce", "previousSecret", "previousNonce", "attempt"];
const FIELDS = [...KEYS, "id", "identity", "life", "window", "peerWindow", "handled", "handledCost", "acked", "ackedCost", "seq", "end", "endHandled"];

/** Returns a record as the machine reads it: the head, and the costs of the messages. */
export const headOf = (record) => {
  const head = new Head();
  for (const name of FIELDS) head[name] = record[name];
  return [head, Float64Array.from(record.held, (message) => message?.cost ?? -1)];
};

/** How long to wait before a write is tried again that the store did not answer. */
const AGAIN_AFTER = [50, 100, 200, 500, 1000, 2000, 5000];

/** What the server has of a session and the application has not. */
export class Driver {
  #machine;
  #store;
  #hooks;
  #attached = new Set();
  /** The message that the machine is told of. */
  #arriving;
  /** The messages that are not acknowledged, by number. */
  #held = new Map();
  /** Calls of the store that have not been answered, in order. */
  #calls = [];
  #calling = false;
  #timer;
  #due = Infinity;
  #acting = false;

  /** `hooks`: what to tell. */
  constructor(machine, store, hooks, record) {
    this.#machine = machine;
    this.#store = store;
    this.#hooks = hooks;
    record?.held.forEach((message, place) => message && this.#held.set(record.acked + 1 + place, message.data));
    this.id = machine.id();
  }

  get isOver() {
    return this.#machine.isOver();
  }

  get heldCost() {
    return this.#machine.heldCost();
  }

  get counts() {
    const machine = this.#machine;
    return {
      accepted: machine.accepted(),
      acknowledged: machine.acknowledged(),
      received: machine.received(),
      handled: machine.handledCount(),
    };
  }

  /** Whether another node has resumed the session, as this record says. */
  isOvertakenBy(record) {
    return this.#machine.isOvertakenBy(headOf(record)[0]);
  }

  /** Passes an input to the machine, and carries out what it asks for. Returns 0, or why it refused. */
  input(give) {
    const refusal = give(this.#machine, now());
    this.#act();
    this.#hooks.run();
    return refusal;
  }

  /** Takes a connection's events. The machine ignores those of any but the present one. */
  attach(connection) {
    const { number } = connection;
    this.#attached.add(connection);
    connection.oncontrol = (text) => this.input((machine, at) => machine.control(at, number, text));
    connection.onmessage = (data, cost) => {
      this.#arriving = data;
      this.input((machine, at) => machine.message(at, number, cost));
      this.#arriving = undefined;
    };
    connection.onclose = (code) => {
      this.#attached.delete(connection);
      this.input((machine, at) => machine.disconnected(at, number, code));
    };
  }

  /** Whether a connection belongs to the session, or waits to. */
  get isAttached() {
    return this.#attached.size > 0;
  }

  send(data, cost) {
    const number = this.#machine.accepted() + 1;
    this.#held.set(number, data);
    const refusal = this.input((machine, at) => machine.send(at, number, cost));
    if (refusal) this.#held.delete(number);
    return refusal;
  }

  /** Resolves when the store has answered everything. */
  async settled() {
    while (this.#calls.length) await new Promise((resolve) => this.#calls.at(-1).waiting.push(resolve));
  }

  /** Ends the connection, and leaves the session to whoever resumes it. */
  leave(code) {
    for (const connection of [...this.#attached]) {
      connection.close(code);
      connection.onclose(code);
    }
  }

  #act() {
    // The store may answer at once: then the loop below goes on.
    if (this.#acting) return;
    this.#acting = true;
    const machine = this.#machine;
    for (let kind; (kind = machine.poll()); ) this.#effects[kind]?.(machine);
    this.#acting = false;
    this.#schedule();
  }

  /** The connection that the effect is about, if it has not ended. */
  #connection(machine) {
    const number = machine.connection();
    for (const connection of this.#attached) if (connection.number === number) return connection;
  }

  #effects = {
    [Kind.Transmit]: (machine) => this.#connection(machine)?.send(this.#held.get(machine.first())),
    [Kind.Control]: (machine) => this.#connection(machine)?.transmit(machine.text()),
    [Kind.Deliver]: (machine) => this.#hooks.deliver(machine.first(), this.#arriving),
    [Kind.Close]: (machine) => {
      const connection = this.#connection(machine);
      this.#attached.delete(connection);
      connection?.close(machine.first(), machine.text());
    },
    [Kind.New]: () => this.#hooks.begun(),
    [Kind.Resumed]: (machine) => this.#hooks.resumed({ replayed: machine.first(), unacknowledged: machine.second() }),
    [Kind.Fate]: (machine) => {
      for (let number = machine.first(); number <= machine.second(); number++) this.#held.delete(number);
      this.#hooks.fates(machine.text(), machine.first(), machine.second());
    },
    [Kind.Closed]: () => this.#hooks.ended("closed"),
    [Kind.Lost]: (machine) => this.#hooks.ended(machine.text()),
    [Kind.Persist]: (machine) => this.#persist(machine),
    [Kind.Adopt]: (machine) => {
      const owner = machine.owner();
      const keys = plain(machine.head(), KEYS);
      this.#call(
        () => this.#store.adopt(this.id, owner, keys),
        (record) => {
          this.#held.clear();
          record.held.forEach((message, place) => message && this.#held.set(record.acked + 1 + place, message.data));
          machine.adopted(now(), ...headOf(record));
        },
      );
    },
  };

  #persist(machine) {
    const seq = machine.first();
    const type = machine.text();
    const owner = machine.owner();
    const stored = () => machine.stored(now(), seq);
    if (type === "create") {
      const record = { ...plain(machine.head(), FIELDS), held: [] };
      return this.#call(() => this.#store.create(record), stored);
    }
    const [one, other] = [machine.second(), machine.third()];
    const write = { type };
    if (type === "append") Object.assign(write, { number: one, data: this.#held.get(one), cost: other });
    if (type === "skip") write.number = one;
    if (type === "trim") write.acked = one;
    if (type === "handled") Object.assign(write, { count: one, cost: other });
    if (type === "swap") write.keys = plain(machine.head(), KEYS);
    if (type === "end") Object.assign(write, { why: plain(machine.head(), ["end"]).end, handled: one });
    this.#call(() => this.#store.write(this.id, owner, seq, write), stored);
  }

  /** Calls the store after the calls before. One that answers at once costs no turn of the event loop. */
  #call(call, answered) {
    this.#calls.push({ call, answered, waiting: [] });
    if (!this.#calling) this.#next(0);
  }

  #next(failures) {
    this.#calling = true;
    while (this.#calls.length) {
      let answer;
      try {
        answer = this.#calls[0].call();
      } catch (cause) {
        answer = Promise.reject(cause);
      }
      if (typeof answer?.then === "function") {
        answer.then((value) => this.#answered(value), (cause) => this.#failed(cause, failures));
        return;
      }
      this.#take(answer);
    }
    this.#calling = false;
  }

  #take(answer) {
    const { answered, waiting } = this.#calls.shift();
    answered(answer);
    this.#act();
    for (const resolve of waiting) resolve();
  }

  #answered(answer) {
    this.#take(answer);
    this.#next(0);
    this.#hooks.run();
  }

  /** The store refused, or did not answer: then the same call is made again. */
  #failed(cause, failures) {
    if (cause?.code !== "fenced" && cause?.code !== "gap") {
      this.#hooks.storeFailed(cause);
      const delay = AGAIN_AFTER[Math.min(failures, AGAIN_AFTER.length - 1)];
      later(() => this.#next(failures + 1), delay);
      return;
    }
    const calls = this.#calls.splice(0);
    this.#calling = false;
    this.input((machine, at) => machine.storeFailed(at, cause.code === "fenced"));
    for (const { waiting } of calls) for (const resolve of waiting) resolve();
  }

  #schedule() {
    const due = this.#machine.deadline();
    if (due < 0 || due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    const delay = Math.min(Math.max(0, Math.ceil(due - now())), 2 ** 31 - 1);
    this.#timer = later(() => {
      this.#due = Infinity;
      this.input((machine, at) => machine.tick(at));
    }, delay);
  }
}
