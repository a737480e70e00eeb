// "steady-websocket/server": sessions over Node's `ws`, or whatever has its structure.

import { Connection } from "./connection.js";
import { Opening, Server, agreed, choose, hello, refused } from "./engine.js";
import { headOf } from "./driver.js";
import { Session } from "./session.js";
import { MemoryStore } from "./store.js";

export { MemoryStore, StoreRefusal } from "./store.js";

const randomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** The options and what they are without being given. */
const NUMBERS = {
  window: 256 << 10,
  queue: 16 << 20,
  highWaterMark: 1 << 20,
  life: 120_000,
  maxSessions: 100_000,
  maxUnopened: 1_000,
  openWithin: 10_000,
};
const FUNCTIONS = ["authorize", "onsession", "onstorefailure"];

function read(options) {
  if (options === null || typeof options !== "object") throw new TypeError("options must be an object.");
  for (const name of Object.keys(options)) {
    if (!(name in NUMBERS || FUNCTIONS.includes(name) || name === "store" || name === "protocols")) {
      throw new TypeError(`options.${name} is not an option.`);
    }
  }
  const numbers = {};
  for (const [name, usual] of Object.entries(NUMBERS)) {
    const value = options[name] ?? usual;
    if (!(Number.isSafeInteger(value) && value > 0)) throw new TypeError(`options.${name} must be an integer above 0.`);
    numbers[name] = value;
  }
  for (const name of FUNCTIONS) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw new TypeError(`options.${name} must be a function.`);
    }
  }
  const { store = new MemoryStore(), protocols = [], authorize = () => "", onsession, onstorefailure } = options;
  return { ...numbers, store, protocols: [...protocols], authorize, onsession, onstorefailure };
}

export class SessionServer {
  #options;
  #sessions = new Map();
  /** Connections that have not opened or resumed a session. */
  #unopened = new Set();
  /** Resumes of one session, one after another. */
  #resumes = new Map();
  #shutdown;

  constructor(options = {}) {
    this.#options = read(options);
  }

  /** How many sessions this server has. */
  get size() {
    return this.#sessions.size;
  }

  /** For the option of the same name of `ws`: chooses the sub-protocol. */
  handleProtocols = (offered) => choose([...offered], this.#options.protocols) ?? false;

  /** Takes a connection with a session. Returns false for a client without: that is the application's. */
  accept(socket, request) {
    const protocol = agreed(socket.protocol);
    if (protocol === undefined) return false;
    const connection = new Connection(socket, request);
    if (this.#shutdown) connection.close(1012);
    else if (this.#unopened.size >= this.#options.maxUnopened) connection.close(1013);
    else this.#greet(connection, protocol);
    return true;
  }

  /** Ends every connection with 1012, and resolves when the store knows everything. The sessions stay in the store. */
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
    const timer = setTimeout(() => connection.close(1008, "no session was asked for"), openWithin);
    const forget = () => {
      clearTimeout(timer);
      this.#unopened.delete(connection);
    };
    connection.onclose = forget;
    const asked = new Promise((resolve) => {
      connection.oncontrol = (text) => {
        const opening = Opening.parse(text);
        // A client waits for the answer before it sends anything.
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
    const { window, queue, life, maxSessions } = this.#options;
    if (this.#shutdown) return connection.close(1012);
    if (this.#sessions.size >= maxSessions) return this.#refuse(connection, "full");
    const machine = Server.open(window, queue, life, connection.number, opening, identity, randomBytes(48));
    const { driver } = this.#make(machine, { identity, protocol, request: connection.request });
    driver.attach(connection);
    driver.input(() => 0);
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
        },
        begun: (session) => {
          if (entry.announced) return;
          entry.announced = true;
          queueMicrotask(() => onsession?.(session));
        },
        ended: () => this.#remove(entry),
        storeFailed: (cause, session) => onstorefailure?.(cause, session),
      },
    });
    return entry;
  }

  #remove(entry) {
    if (this.#sessions.get(entry.driver.id) === entry) this.#sessions.delete(entry.driver.id);
  }

  /** One resume after another: between the store's answer and what follows from it nothing else may happen. */
  #resume(connection, protocol, identity, opening) {
    const id = opening.id();
    const before = this.#resumes.get(id) ?? Promise.resolve();
    const turn = before.then(() => this.#resumeNow(id, connection, protocol, identity, opening));
    const settled = turn.catch((cause) => {
      this.#options.onstorefailure?.(cause);
      connection.close(1013);
    });
    this.#resumes.set(id, settled);
    return settled.finally(() => {
      if (this.#resumes.get(id) === settled) this.#resumes.delete(id);
    });
  }

  async #resumeNow(id, connection, protocol, identity, opening) {
    const { store, queue } = this.#options;
    const record = await store.read(id);
    if (!connection.isOpen) return;
    if (this.#shutdown) return connection.close(1012);
    let entry = this.#sessions.get(id);
    if (entry && record && entry.driver.isOvertakenBy(record)) {
      entry.driver.input((machine, at) => machine.storeFailed(at, true));
      entry = undefined;
    }
    if (!entry) {
      if (!record) return this.#refuse(connection, "unknown");
      const machine = Server.restore(queue, ...headOf(record));
      if (!machine) return this.#refuse(connection, "store", 4504);
      entry = this.#make(machine, { record, identity, protocol, request: connection.request });
    }
    const { driver, session } = entry;
    driver.attach(connection);
    driver.input((machine, at) => machine.resume(at, connection.number, opening, identity, randomBytes(32)));
    if (connection.isOpen) session.request = connection.request;
    else if (!entry.announced && !driver.isAttached) this.#remove(entry);
  }
}
