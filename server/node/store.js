// Stores, and the one in memory.

/** A store's refusal: "fenced" if another node owns the session, "gap" if the session or an earlier write is missing. */
export class StoreRefusal extends Error {
  constructor(code) {
    super(code === "fenced" ? "Another node owns the session." : "The session or an earlier write is missing.");
    this.name = "StoreRefusal";
    this.code = code;
  }
}

/** Applies each write of `session/PROTOCOL.md`, "The server's store", to a record. */
const WRITES = {
  append: (record, { data, cost }) => record.held.push({ data, cost }),
  skip(record, { number }) {
    const place = number - record.acked - 1;
    if (place in record.held) record.held[place] = null;
  },
  trim(record, { acked }) {
    for (; record.acked < acked && record.held.length; record.acked++) {
      record.ackedCost += record.held.shift()?.cost ?? 0;
    }
  },
  handled(record, { count, cost }) {
    // The application may have committed a later position itself.
    if (count > record.handled) Object.assign(record, { handled: count, handledCost: cost });
  },
  swap: (record, { keys }) => Object.assign(record, keys),
  confirm: (record) => Object.assign(record, { previousSecret: "", previousNonce: "" }),
  end: (record, { why, handled }) => Object.assign(record, { end: why, endHandled: handled, held: [] }),
};

/** Keeps sessions in this process's memory: they survive lost connections, but not the process. */
export class MemoryStore {
  #records = new Map();
  /** Ended sessions in order, and when their records may be deleted. */
  #ended = [];

  create(record) {
    this.#forget();
    if (this.#records.has(record.id)) throw new StoreRefusal("gap");
    this.#records.set(record.id, record);
  }

  read(id) {
    const record = this.#records.get(id);
    return record && { ...record, held: [...record.held] };
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
    if (record.end) this.#ended.push({ id, at: Date.now() + record.life });
  }

  #forget() {
    while (this.#ended[0]?.at <= Date.now()) this.#records.delete(this.#ended.shift().id);
  }
}
