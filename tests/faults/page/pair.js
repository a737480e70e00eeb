// A run whose server sends messages of its own, too: both ends account for both directions.

import { FNV, fnv, hex } from "./messages.js";
import { judgePair } from "./judge-pair.js";
import { forget } from "./native.js";
import { Control, Run } from "./run.js";
import { subjects } from "./subjects.js";

/** Without progress for so long, in ms, what is missing does not arrive any more. */
const QUIET = { mine: 60_000, others: 3_000 };
const encoder = new TextEncoder();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Returns the entry that the server's account has for the same message. */
async function describe(data) {
  const isText = typeof data === "string";
  const bytes = isText ? encoder.encode(data) : new Uint8Array(data instanceof Blob ? await data.arrayBuffer() : data);
  const number = isText ? Number.parseInt(data, 10) : new DataView(bytes.buffer).getUint32(bytes.byteOffset);
  return { number, kind: isText ? "text" : "binary", length: bytes.length, hash: hex(fnv(bytes, FNV)) };
}

export class PairRun extends Run {
  /** Reasons why sessions were lost. */
  losses = [];
  #accounts;

  constructor(fault, subject, seed, server) {
    super(fault, subject, seed, server);
    this.#accounts = new Control({ http: server.accounts[subject] }, this.id);
  }

  lost(reason) {
    this.losses.push(reason);
  }

  /** A message from the server. It is handled when the promise settles. */
  async echoed(data) {
    const at = this.echoes.length;
    this.echoes.push({});
    if (this.connections.at(-1).opened > this.struck) this.recovered ??= performance.now();
    this.changed();
    this.echoes[at] = await describe(data);
    if (at % 8 === 0) await pause(at % 32);
  }

  /** Stops both senders, waits for what is under way, closes, and compares both ends. */
  async finish() {
    const { mine } = subjects[this.subject];
    this.done = true;
    await this.pump;
    await this.#accounts.post("/stop");
    await this.#arrives(mine && this.chance.in(0.5));
    this.asked = this.trace.length;
    this.heard({ type: "asked" });
    this.socket.close();
    await this.until(() => this.closed && this.connections.every(({ ended }) => ended), mine ? 30_000 : 1_500);
    await this.until(() => this.fates.size >= this.tracked.size, 2_000);
    const account = await this.#ended();
    forget(this.id);
    await this.control.forget();
    await this.#accounts.post("/forget");
    return judgePair(this, subjects[this.subject], account);
  }

  /** Waits until the messages have arrived; with `closes` only the server's, since `close()` waits for ours. */
  async #arrives(closes) {
    const patience = subjects[this.subject].mine ? QUIET.mine : QUIET.others;
    let before;
    for (let since = performance.now(); performance.now() - since < patience; await pause(50)) {
      const { sending, received, sent } = await this.#accounts.get("/account?brief");
      const now = `${received} ${sent} ${this.echoes.length}`;
      if (!sending && this.echoes.length >= sent && (closes || received >= this.messages.length)) return;
      if (now !== before) since = performance.now();
      before = now;
    }
  }

  /** The account, once the server has seen the end of its session. */
  async #ended() {
    for (let tries = 1; ; tries++) {
      const account = await this.#accounts.get("/account");
      if (account.ends.length >= account.sessions || tries === 100) return account;
      await pause(50);
    }
  }
}
