// "steady-websocket/server": sessions over Node's `ws`, or sockets with the same methods.

import { Connection } from "./connection.js";
import { Opening, Server, agreed, choose, hello, refused } from "./engine.js";
import { recordOf } from "./driver.js";
import { Session, report } from "./session.js";
import { MemoryStore } from "./store.js";

export { MemoryStore, StoreRefusal } from "./store.js";

const randomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** Numeric options and their defaults. */
const NUMBERS = {
  window: 256 << 10,
  queue: 16 << 20,
  highWaterMark: 1 << 20,
  life: 120_000,
  maxSessions: 100_000,
  maxSessionsPerIdentity: 100,
  maxUnopened: 1_000,
  openWithin: 10_000,
};
const FUNCTIONS = ["authorize", "onsession", "onstorefailure"];
const STORE = ["create", "read", "adopt", "write"];

/** The longest delay of a timer. */
const LONGEST = 2 ** 31 - 1;

/** Returns the exception for an invalid option. */
const refusal = (name, rule) =>
  Object.assign(new TypeError(`options.${name} ${rule}.`), { code: "ERR_SESSION_OPTION" });

/** Returns a callback whose exceptions are reported: the failed call of the store is repeated all the same. */
function reporting(callback) {
  return (...failure) => {
    try {
      callback?.(...failure);
    } catch (cause) {
      report(cause);
    }
  };
}

function read(options) {
  if (options === null || typeof options !== "object") throw new TypeError("options must be an object.");
  for (const name of Object.keys(options)) {
    if (!(name in NUMBERS || FUNCTIONS.includes(name) || name === "store" || name === "protocols")) {
      throw refusal(name, "is not an option of SessionServer");
    }
  }
  const numbers = {};
  for (const [name, defaultValue] of Object.entries(NUMBERS)) {
    const value = options[name] ?? defaultValue;
    if (!(Number.isSafeInteger(value) && value > 0)) throw refusal(name, "must be an integer above 0");
    numbers[name] = value;
  }
  if (numbers.openWithin > LONGEST) throw refusal("openWithin", `must be at most ${LONGEST}`);
  numbers.highWaterMark = options.highWaterMark ?? Math.min(NUMBERS.highWaterMark, Math.floor(numbers.queue / 2));
  if (numbers.highWaterMark >= numbers.queue) {
    throw refusal("highWaterMark", "contradicts options.queue: ready() would never wait");
  }
  for (const name of FUNCTIONS) {
    if (options[name] !== undefined && typeof options[name] !== "function") throw refusal(name, "must be a function");
  }
  const { store = new MemoryStore(), protocols = [], authorize = () => "", onsession, onstorefailure } = options;
  for (const name of STORE) {
    if (typeof store?.[name] !== "function") throw refusal(`store.${name}`, "must be a function");
  }
  const known = typeof protocols === "string" ? [undefined] : [...protocols];
  if (!known.every((protocol) => typeof protocol === "string")) throw refusal("protocols", "must be a list of strings");
  return { ...numbers, store, protocols: known, authorize, onsession, onstorefailure: reporting(onstorefailure) };
}

export class SessionServer {
  #options;
  #sessions = new Map();
  /** The sessions of each identity. */
  #ofIdentity = new Map();
  /** Connections that have not opened or resumed a session. */
  #unopened = new Set();
  /** The last resume of each session that is being resumed. */
  #resumes = new Map();
  #shutdown;

  constructor(options = {}) {
    this.#options = read(options);
  }

  /** The number of sessions, including those without a connection. */
  get size() {
    return this.#sessions.size;
  }

  /** Selects the sub-protocol: pass it to `ws` as the option of the same name. */
  handleProtocols = (offered) => choose([...offered], this.#options.protocols) ?? false;

  /** Takes over a socket that negotiated sessions. Otherwise returns false and leaves the socket alone. */
  accept(socket, request) {
    const protocol = agreed(socket.protocol);
    if (protocol === undefined) return false;
    const connection = new Connection(socket, request);
    if (this.#shutdown) connection.close(1012);
    else if (this.#unopened.size >= this.#options.maxUnopened) connection.close(1013);
    else this.#greet(connection, protocol);
    return true;
  }

  /** Closes all connections with 1012. Resolves when the store has everything; the sessions stay in it. */
  shutdown() {
    return (this.#shutdown ??= this.#end());
  }

  async #end() {
    for (const connection of this.#unopened) connection.close(1012);
    this.#unopened.clear();
    const drivers = [...this.#sessions.values()].map(({ driver }) => driver);
    for (const driver of drivers) driver.leave(1012);
    await Promise.all(drivers.map((driver) => driver.settled()));
  }

  #greet(connection, protocol) {
    const { window, life, openWithin, authorize } = this.#options;
    this.#unopened.add(connection);
    const timer = setTimeout(() => connection.close(1008, "no open or resume in time"), openWithin);
    const forget = () => {
      clearTimeout(timer);
      this.#unopened.delete(connection);
    };
    connection.onleave = forget;
    const asked = new Promise((resolve) => {
      connection.oncontrol = (text) => {
        const opening = Opening.parse(text);
        // A client must not send anything before the answer.
        connection.oncontrol = connection.onmessage = () => connection.close(4501);
        if (opening) resolve(opening);
        else connection.close(4501);
      };
    });
    connection.transmit(hello(window, life));
    const { request } = connection;
    const view = { request, protocol, send: (data) => connection.send(data), receive: () => connection.receive() };
    const authorized = (async () => authorize(request, view))();
    authorized.then(
      async (identity) => {
        if (typeof identity !== "string") return connection.close(1008, "not authorized");
        const opening = await asked;
        forget();
        if (!connection.isOpen) return;
        if (opening.id() === undefined) this.#open(connection, protocol, identity, opening);
        else await this.#resume(connection, protocol, identity, opening);
      },
      () => connection.close(1008, "not authorized"),
    );
  }

  #refuse(connection, why, code = 1000) {
    connection.transmit(refused(why));
    connection.close(code);
  }

  #open(connection, protocol, identity, opening) {
    const { window, queue, life } = this.#options;
    if (this.#shutdown) return connection.close(1012);
    if (this.#isFull(identity)) return this.#refuse(connection, "full");
    const machine = Server.open(window, queue, life, connection.number, opening, identity, randomBytes(48));
    const { driver } = this.#make(machine, { identity, protocol, request: connection.request });
    driver.attach(connection);
    driver.input(() => 0);
  }

  #isFull(identity) {
    const { maxSessions, maxSessionsPerIdentity } = this.#options;
    const own = identity ? (this.#ofIdentity.get(identity)?.size ?? 0) : 0;
    return this.#sessions.size >= maxSessions || own >= maxSessionsPerIdentity;
  }

  #make(machine, members) {
    const { store, highWaterMark, onsession, onstorefailure } = this.#options;
    const entry = { session: undefined, driver: undefined, announced: false };
    new Session({
      machine,
      store,
      highWaterMark,
      ...members,
      server: {
        made: (session, driver) => {
          Object.assign(entry, { session, driver });
          this.#sessions.set(driver.id, entry);
          const { identity } = session;
          if (!this.#ofIdentity.has(identity)) this.#ofIdentity.set(identity, new Set());
          this.#ofIdentity.get(identity).add(entry);
        },
        begun: (session) => {
          if (entry.announced) return;
          entry.announced = true;
          queueMicrotask(() => onsession?.(session));
        },
        over: () => this.#remove(entry),
        storeFailed: onstorefailure,
      },
    });
    return entry;
  }

  #remove(entry) {
    const { driver, session } = entry;
    if (this.#sessions.get(driver.id) === entry) this.#sessions.delete(driver.id);
    const own = this.#ofIdentity.get(session.identity);
    own?.delete(entry);
    if (own?.size === 0) this.#ofIdentity.delete(session.identity);
  }

  /** Runs the resumes of a session one after another, because a record that was read must not become outdated. */
  #resume(connection, protocol, identity, opening) {
    const id = opening.id();
    const before = this.#resumes.get(id) ?? Promise.resolve();
    const turn = before.then(() => this.#resumeNow(id, connection, protocol, identity, opening));
    const settled = turn.catch((cause) => {
      this.#options.onstorefailure(cause);
      connection.close(1013);
    });
    this.#resumes.set(id, settled);
    return settled.finally(() => {
      if (this.#resumes.get(id) === settled) this.#resumes.delete(id);
    });
  }

  async #resumeNow(id, connection, protocol, identity, opening) {
    const { store, queue, maxSessions } = this.#options;
    const found = await store.read(id);
    if (!connection.isOpen) return;
    if (this.#shutdown) return connection.close(1012);
    const record = found && recordOf(id, found);
    const machine = record && Server.restore(queue, record.head, record.costs);
    let entry = this.#sessions.get(id);
    if (found && !machine) {
      entry?.driver.input((present, at) => present.storeFailed(at, false));
      return this.#refuse(connection, "store", 4504);
    }
    if (entry && record && entry.driver.isOvertakenBy(record.head)) {
      entry.driver.input((present, at) => present.storeFailed(at, true));
      entry = undefined;
    }
    if (!entry) {
      if (!machine) return this.#refuse(connection, "unknown");
      // It stays in the store, for a node that has room.
      if (this.#sessions.size >= maxSessions && !record.head.end) return connection.close(1013);
      entry = this.#make(machine, { record, identity, protocol, request: connection.request });
    }
    const { driver, session } = entry;
    driver.attach(connection);
    driver.input((machine, at) => machine.resume(at, connection.number, opening, identity, randomBytes(32)));
    if (connection.isOpen) session.request = connection.request;
    else if (!entry.announced && !driver.isAttached) this.#remove(entry);
  }
}
