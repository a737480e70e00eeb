// Drives the machine of one session: its connections, its store, its timer.

import { Queue } from "../../src/js/queue.js";
import { Head, Kind } from "./engine.js";

const now = () => performance.now();

/** Sets a timer that does not keep the process alive. Browsers have no `unref`. */
function later(act, delay) {
  const timer = setTimeout(act, delay);
  timer.unref?.();
  return timer;
}

/** Returns a plain object for a store, with these fields of a head, and frees the head. */
function plain(head, names) {
  const fields = {};
  for (const name of names) fields[name] = head[name];
  head.free();
  return fields;
}

const KEYS = ["secret", "nonce", "previousSecret", "previousNonce", "attempt"];
const TEXTS = ["secret", "nonce", "previousSecret", "previousNonce", "id", "identity", "end"];
const FIELDS = [...KEYS, "id", "identity", "life", "window", "peerWindow", "handled", "handledCost", "acked", "ackedCost", "seq", "end", "endHandled"];

/** `null` was dropped. Any other has a cost, which must not look like that of one that was. */
const isMessage = (message) =>
  message === null ||
  ((typeof message?.data === "string" || message?.data instanceof Uint8Array) && message.cost > 0);

/**
 * Reads what a store has returned for a session: the head and the costs of the messages for the machine, and the messages.
 * Returns nothing for what is none; the machine checks the numbers.
 */
export function recordOf(id, found) {
  if (found?.id !== id || !Array.isArray(found.held)) return;
  const held = [...found.held];
  if (!held.every(isMessage)) return;
  const head = new Head();
  for (const name of FIELDS) {
    const value = found[name];
    if (typeof value !== (TEXTS.includes(name) ? "string" : "number")) return;
    head[name] = value;
  }
  return { head, costs: Float64Array.from(held, (message) => message?.cost ?? -1), acked: head.acked, held };
}

/** Delays before a failed call of the store is repeated, in milliseconds. */
const RETRY_DELAYS = [50, 100, 200, 500, 1000, 2000, 5000];

/** The server's end of a session, without the application's interface. */
export class Driver {
  #machine;
  #store;
  #hooks;
  #attached = new Set();
  /** The received message that the machine is handling. */
  #arriving;
  /** Unacknowledged messages by number. */
  #held = new Map();
  /** Unanswered calls of the store, in order. */
  #calls = new Queue();
  #lastCall;
  #calling = false;
  #timer;
  #due = Infinity;
  #acting = false;

  /** `hooks` has the callbacks for events of the session. */
  constructor(machine, store, hooks, record) {
    this.#machine = machine;
    this.#store = store;
    this.#hooks = hooks;
    if (record) this.#hold(record);
    this.id = machine.id();
  }

  #hold({ acked, held }) {
    this.#held = new Map(held.flatMap((message, place) => (message ? [[acked + 1 + place, message.data]] : [])));
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

  /** Returns whether another node has resumed the session, according to this stored record. */
  isOvertakenBy(head) {
    return this.#machine.isOvertakenBy(head);
  }

  /** Passes an input to the machine and carries out the effects. Returns 0, or a number for the error. */
  input(give) {
    const refusal = give(this.#machine, now());
    this.#act();
    this.#hooks.run();
    return refusal;
  }

  /** Passes a connection's events to the machine, which ignores all but the current connection. */
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

  /** True if a connection belongs to the session, or is resuming it. */
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

  /** Resolves when the store has answered all calls. */
  async settled() {
    while (this.#calls.length) await new Promise((resolve) => this.#lastCall.waiting.push(resolve));
  }

  /** Closes the connections. The session stays in the store and can be resumed. */
  leave(code) {
    for (const connection of [...this.#attached]) {
      connection.close(code);
      connection.onclose(code);
    }
  }

  #act() {
    // A store that answers synchronously calls this within the loop below, which then continues.
    if (this.#acting) return;
    this.#acting = true;
    const machine = this.#machine;
    for (let kind; (kind = machine.poll()); ) this.#effects[kind]?.(machine);
    this.#acting = false;
    this.#schedule();
    if (!machine.isOver()) return;
    // It would keep the session in memory.
    clearTimeout(this.#timer);
    this.#hooks.over();
  }

  /** Returns the connection of the current effect, unless it has ended. */
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
    [Kind.Delivered]: (machine) => this.#decide(machine, "delivered"),
    [Kind.Fate]: (machine) => this.#decide(machine, machine.text()),
    [Kind.Closed]: () => this.#hooks.ended("closed"),
    [Kind.Lost]: (machine) => this.#hooks.ended(machine.text()),
    [Kind.Persist]: (machine) => this.#persist(machine),
    [Kind.Adopt]: (machine) => {
      const owner = machine.owner();
      const keys = plain(machine.head(), KEYS);
      this.#call(
        () => this.#store.adopt(this.id, owner, keys),
        (found) => {
          const record = recordOf(this.id, found);
          if (!record) return machine.storeFailed(now(), false);
          this.#hold(record);
          machine.adopted(now(), record.head, record.costs);
        },
      );
    },
  };

  #decide(machine, fate) {
    for (let number = machine.first(); number <= machine.second(); number++) this.#held.delete(number);
    this.#hooks.fates(fate, machine.first(), machine.second());
  }

  #persist(machine) {
    const seq = machine.first();
    const type = machine.text();
    const owner = machine.owner();
    const [one, other] = [machine.second(), machine.third()];
    // The application may have committed more itself: a store knows that when it answers an end.
    const stored = (answer) => machine.stored(now(), seq, type === "end" ? Number(answer ?? one) : 0);
    if (type === "create") {
      const record = { ...plain(machine.head(), FIELDS), held: [] };
      return this.#call(() => this.#store.create(record), stored);
    }
    const write = { type };
    if (type === "append") Object.assign(write, { number: one, data: this.#held.get(one), cost: other });
    if (type === "skip") write.number = one;
    if (type === "trim") write.acked = one;
    if (type === "handled") Object.assign(write, { count: one, cost: other });
    if (type === "swap") write.keys = plain(machine.head(), KEYS);
    if (type === "end") {
      Object.assign(write, { why: plain(machine.head(), ["end"]).end, handled: one });
      this.#hooks.ending();
    }
    this.#call(() => this.#store.write(this.id, owner, seq, write), stored);
  }

  /** Calls the store after all earlier calls. A synchronous answer is used synchronously. */
  #call(call, answered) {
    this.#lastCall = { call, answered, waiting: [] };
    this.#calls.push(this.#lastCall);
    if (!this.#calling) this.#next(0);
  }

  #next(failures) {
    this.#calling = true;
    while (this.#calls.length) {
      let answer;
      try {
        answer = this.#calls.first.call();
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

  /** Handles a refusal of the store; after any other failure, repeats the call. */
  #failed(cause, failures) {
    if (cause?.code !== "fenced" && cause?.code !== "gap") {
      this.#hooks.storeFailed(cause);
      const delay = RETRY_DELAYS[Math.min(failures, RETRY_DELAYS.length - 1)];
      later(() => this.#next(failures + 1), delay);
      return;
    }
    const calls = this.#calls;
    this.#calls = new Queue();
    this.#calling = false;
    this.input((machine, at) => machine.storeFailed(at, cause.code === "fenced"));
    while (calls.length) for (const resolve of calls.shift().waiting) resolve();
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
