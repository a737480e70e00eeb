// Where sessions live: in memory.

/** Why a store refuses a write: `code` is "fenced" if another node owns the session, "gap" if a write before is missing. */
export class StoreRefusal extends Error {
  constructor(code) {
    super(code === "fenced" ? "Another node owns the session." : "A write before this one is missing.");
    this.name = "StoreRefusal";
    this.code = code;
  }
}

/** Every write of `session/PROTOCOL.md`, "The server's store", as it changes a record. */
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
    // The application may have committed more by itself.
    if (count > record.handled) Object.assign(record, { handled: count, handledCost: cost });
  },
  swap: (record, { keys }) => Object.assign(record, keys),
  confirm: (record) => Object.assign(record, { previousSecret: "", previousNonce: "" }),
  end: (record, { why, handled }) => Object.assign(record, { end: why, endHandled: handled, held: [] }),
};

/** Keeps sessions in this process: they survive every connection, and end with the process. */
export class MemoryStore {
  #records = new Map();
  /** The ends of sessions, the oldest first, and when they may be forgotten. */
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
