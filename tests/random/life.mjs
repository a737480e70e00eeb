// One life: a few sockets with a random configuration, some tens of random steps, the end, and the judgement.

import { getEventListeners } from "node:events";
import { Account, DIRECT } from "./account.mjs";
import { Chance } from "./chance.mjs";
import { address, options, protocols } from "./options.mjs";
import { Message, isEmpty, numberOf } from "./payloads.mjs";
import { act, step } from "./peers.mjs";
import { read, verb } from "./verbs.mjs";
import { Blob, Deliberate, world } from "./world.mjs";

const MOST_SOCKETS = 4;
const DEEPEST = 4;
/** How many rounds a socket may take to end. */
const ROUNDS = 60;

/** Never aborted, and as old as the process. */
const eternal = new AbortController().signal;
export const eternalListeners = () => getEventListeners(eternal, "abort").filter((listener) => listener).length;

export class Life {
  accounts = [];
  lines = [];
  messages = [];
  blobs = new Map();
  /** The binary data that native sockets were given. */
  copies = [];
  /** The application's promises that are not settled yet. */
  deferred = [];
  errors = [];
  controllers = [];
  listenerController = new AbortController();
  depth = 0;
  /** How many messages peers have sent. */
  said = 0;
  /** The application does nothing any more but what it must. */
  calm = false;
  stowed = false;

  constructor(seed, classes) {
    this.chance = new Chance(seed);
    this.classes = classes;
    this.fuel = this.chance.between(5, 45);
    const { chance } = this;
    world.begin(chance, { posts: chance.is(0.5), reports: chance.is(0.6) });
    world.dialed = (line) => {
      this.lines.push(line);
      this.accounts[/\/(\d+)\//.exec(line.url)[1]].dialed(line);
    };
    if (chance.is(0.1)) world.online = false;
  }

  async run() {
    const { chance } = this;
    for (let count = chance.pick([1, 1, 1, 2, 3]); count; count--) this.construct();
    await this.#rest();
    while (this.fuel > 0 && !world.failure) {
      if (chance.is(0.4)) verb(this);
      else {
        this.fuel--;
        await step(this);
      }
      await this.#rest();
    }
    await this.#end();
    await this.#remains();
    for (const account of this.accounts) account.finish();
    this.#reports();
  }

  async #rest() {
    await world.settle();
    for (const account of this.accounts) account.rest();
  }

  // ---- what the steps need -----------------------------------------------------------------------------

  /** Calls the package. `mayThrow` says what is wrong with an exception, or nothing. */
  call(account, text, call, mayThrow = (cause) => `${text} throws ${cause?.stack ?? cause}`) {
    const name = account ? `${account.name}.${text}` : text;
    world.note(name);
    world.inside.push(name);
    try {
      return call();
    } catch (cause) {
      world.note(`  throws ${cause}`);
      const wrong = mayThrow(cause);
      if (wrong) world.fail(account ? `${account.name}: ${wrong}` : wrong);
    } finally {
      world.inside.pop();
    }
  }

  /** The application's code runs: it may do anything. */
  reenter(where) {
    const { chance } = this;
    if (this.calm || this.depth >= DEEPEST || !chance.is(0.3)) return;
    this.depth++;
    do {
      if (this.fuel <= 0 || world.failure) break;
      world.note(`in ${where}:`);
      verb(this);
    } while (chance.is(0.3));
    this.depth--;
  }

  thrown(where, expected) {
    const cause = new Deliberate(where, expected);
    world.note(`thrown: ${where}`);
    this.errors.push(cause);
    return cause;
  }

  perhapsThrow(where, expected) {
    if (!this.calm && this.fuel > 0 && this.chance.is(0.06)) throw this.thrown(where, expected);
  }

  /** Whatever happens to every socket at once. */
  stir() {
    for (const account of this.accounts) account.stirred = world.task;
  }

  /** Time has passed in which nothing could be done. */
  forgive() {
    this.stir();
    for (const account of this.accounts) account.forgive();
  }

  construct() {
    if (this.accounts.length >= MOST_SOCKETS) return;
    const { chance } = this;
    const account = new Account(this, this.accounts.length, chance.is(0.85) ? "steady" : "strict");
    Object.assign(account, { listeners: [], handlers: {}, chunks: [] });
    this.accounts.push(account);
    if (account.kind === "strict") {
      Object.assign(account, { high: 1 << 20, low: 1 << 18 });
      account.socket = this.call(account, "new WebSocket()", () => new this.classes.WebSocket(`ws://peer/${account.id}/`));
    } else {
      const args = [address(this, account), protocols(this, account), options(this, account)];
      account.socket = this.call(account, `new SteadyWebSocket(${world.log ? show(args) : ""})`, () => new this.classes.SteadyWebSocket(...args));
    }
    if (!account.socket) return;
    const hear = (event) => account.heard(event);
    const types = ["open", "message", "error", "close", "drain"];
    if (account.kind === "steady") types.push("reconnecting", "discard");
    for (const type of types) account.socket.addEventListener(type, hear, true);
  }

  controller() {
    const { chance } = this;
    if (!this.controllers.length || chance.is(0.3)) this.controllers.push(new AbortController());
    return chance.pick(this.controllers);
  }

  listenerSignal() {
    return this.chance.is(0.5) ? eternal : this.listenerController.signal;
  }

  abort(controller = this.chance.is(0.5) ? this.listenerController : this.chance.pick(this.controllers)) {
    if (!controller) return;
    this.stir();
    for (const account of this.accounts) {
      for (const record of account.listeners) record.removed ||= record.signal === controller.signal;
    }
    this.call(undefined, "abort()", () => controller.abort());
  }

  // ---- messages ----------------------------------------------------------------------------------------

  message(owner) {
    // 0 stands for a heartbeat's payload.
    const message = new Message(owner, this.messages.length + 1, 0);
    this.messages.push(message);
    return message;
  }

  blob(message, size) {
    const blob = new Blob(size);
    this.blobs.set(blob, message);
    return blob;
  }

  directBlob() {
    return this.blob(DIRECT, 3);
  }

  /** Whether an empty message would be the only one of this socket's that is not decided. */
  mayBeEmpty({ empty }) {
    return !empty || empty.refused || empty.reason || empty.fate === "handed-over";
  }

  identify(account, data) {
    if (data instanceof Blob) return this.blobs.get(data);
    if (data === undefined || data === null) return undefined;
    if (isEmpty(data)) return account.emptyPings ? DIRECT : account.empty;
    if (typeof data === "string" && /^(ping|gate)/.test(data)) return DIRECT;
    return this.messages[numberOf(data) - 1];
  }

  // ---- the end -----------------------------------------------------------------------------------------

  async #end() {
    const { chance } = this;
    this.calm = true;
    for (const account of this.accounts) {
      if (!account.socket || world.failure) continue;
      account.stirred = world.task;
      const how = chance.pick(["close", "close", "terminate"]);
      if (account.controller && chance.is(0.5)) this.abort(account.controller);
      else this.call(account, `${how}() at the end`, () => account.socket[how]());
      await this.#rest();
    }
    for (let round = 0; round < ROUNDS && !world.failure; round++) {
      for (const line of this.lines) {
        if (line.state === 3 || (line.isLive && round < 3)) continue;
        act(this, line);
        await this.#rest();
      }
      await world.advance(chance.pick([10, 100, 1_000]), false);
      await this.#rest();
      if (this.accounts.every(({ isOver }) => isOver) && this.lines.every(({ state }) => state === 3)) break;
    }
    for (const account of this.accounts) await this.#readAll(account);
  }

  /** A stream ends when all was read; one that is first asked for after the end, too. */
  async #readAll(account) {
    if (account.kind === "strict" || !account.socket || world.failure) return;
    if (!account.reader && this.chance.is(0.8)) return;
    for (let i = 0; i < 200 && account.readEnd === undefined && !account.cancelled && !world.failure; i++) {
      read(this, account);
      await world.settle();
      if (account.promises.size) break;
    }
    if (account.cancelled || account.inbound || account.readEnd === undefined) return;
    if (account.read < account.arrived.length && account.read !== account.perhaps) account.fail(`readable ends before ${account.arrived.length - account.read} messages were read`);
    if (account.closure && (account.readEnd === "done") !== account.closure.wasClean && account.closure.code !== 4009) {
      account.fail(`readable: ${account.readEnd}, after a close that was ${account.closure.wasClean ? "" : "not "}clean`);
    }
  }

  /** Nothing of a socket that is over may be left. */
  async #remains() {
    if (world.failure) return;
    if (this.accounts.every(({ kind }) => kind === "steady") && world.timeouts) world.fail("a timeout is left");
    await world.advance(5_000, false);
    await world.settle();
    if (world.failure) return;
    if (world.timers.size) world.fail("a timer is left");
    if (world.page.count || world.document.count) world.fail("a listener is left on the page");
    for (const { signal } of this.controllers) {
      if (getEventListeners(signal, "abort").length) world.fail("a listener is left on a socket's signal");
    }
  }

  #reports() {
    for (const { where, expected, reports, account } of this.errors) {
      // A stream may have closed the socket earlier.
      if (expected === "once" && !reports && !account?.streamCloses) world.fail(`not reported: what was thrown in ${where}`);
    }
  }

  /** What must be collected once the life is over. */
  refs() {
    const sockets = [...this.accounts, ...this.lines].map(({ socket }) => socket);
    const objects = [...sockets, ...this.blobs.keys(), ...this.copies];
    return objects.filter((object) => object).map((object) => new WeakRef(object));
  }
}

const show = (args) => args.map((one) => (typeof one === "function" ? "ƒ" : JSON.stringify(one, (_, value) => {
  if (typeof value === "function") return "ƒ";
  return typeof value === "number" && !Number.isFinite(value) ? `${value}` : value;
}))).join(", ");
