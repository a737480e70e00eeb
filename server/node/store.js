// Stores, and the one in memory.

import { Queue } from "../../src/js/queue.js";

/** A store's refusal: "fenced" if another node owns the session, "gap" if the session or an earlier write is missing. */
export class StoreRefusal extends Error {
  constructor(code) {
    super(code === "fenced" ? "Another node owns the session." : "The session or an earlier write is missing.");
    this.name = "StoreRefusal";
    this.code = code;
  }
}

/**
 * Applies each write of `session/PROTOCOL.md`, "The server's store", to a record. What it holds is kept by number: taking the
 * first of an array moves all the others.
 */
const WRITES = {
  append: (record, { number, data, cost }) => record.held.set(number, { data, cost }),
  skip(record, { number }) {
    if (record.held.has(number)) record.held.set(number, null);
  },
  trim(record, { acked }) {
    while (record.acked < acked && record.held.size) {
      const number = ++record.acked;
      record.ackedCost += record.held.get(number)?.cost ?? 0;
      record.held.delete(number);
    }
  },
  handled(record, { count, cost }) {
    // The application may have committed a later position itself.
    if (count > record.handled) Object.assign(record, { handled: count, handledCost: cost });
  },
  swap: (record, { keys }) => Object.assign(record, keys),
  confirm: (record) => Object.assign(record, { previousSecret: "", previousNonce: "" }),
  end: (record, { why, handled }) =>
    Object.assign(record, { end: why, endHandled: Math.max(handled, record.handled), held: new Map() }),
};

/** Keeps sessions in this process's memory: they survive lost connections, but not the process. */
export class MemoryStore {
  #records = new Map();
  /** Ended sessions in order, and when their records may be deleted. */
  #ended = new Queue();

  create(record) {
    this.#forget();
    if (this.#records.has(record.id)) throw new StoreRefusal("gap");
    const held = new Map(record.held.map((message, place) => [record.acked + 1 + place, message]));
    this.#records.set(record.id, { ...record, held });
  }

  read(id) {
    const record = this.#records.get(id);
    return record && { ...record, held: [...record.held.values()] };
  }

  adopt(id, owner, keys) {
    const record = this.#records.get(id);
    if (!record) throw new StoreRefusal("gap");
    if (record.nonce !== owner) throw new StoreRefusal("fenced");
    if (!record.end) WRITES.swap(record, { keys });
    return this.read(id);
  }

  write(id, owner, seq, write) {
    const record = this.#records.get(id);
    if (record && record.nonce !== owner) throw new StoreRefusal("fenced");
    if (!record || record.end || seq !== record.seq + 1) throw new StoreRefusal("gap");
    WRITES[write.type](record, write);
    record.seq = seq;
    if (!record.end) return;
    this.#ended.push({ id, at: Date.now() + record.life });
    return record.endHandled;
  }

  #forget() {
    while (this.#ended.first?.at <= Date.now()) this.#records.delete(this.#ended.shift().id);
  }
}
