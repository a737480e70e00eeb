// Redis for the tests: a server, and a store in it that nodes share.

import { once } from "node:events";
import { connect } from "node:net";
import { MemoryStore } from "../../pkg/server.js";
import { Program, scratch } from "../peers/lib/program.mjs";

/** It is not killed, so it writes nothing. */
export const redis = (port) =>
  Program.command(port, "redis-server", [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", scratch("redis")],
    ...["--save", ""],
  ]);

/** Replaces the value if it is still the one that was read. */
const SWAP = 'if (redis.call("GET", KEYS[1]) or "") ~= ARGV[1] then return 0 end redis.call("SET", KEYS[1], ARGV[2]) return 1';

/** Keeps each session as one text, without data that is not text. Simple, and quick enough for small sessions. */
export class RedisStore {
  #connection;

  constructor(port) {
    this.#connection = new Connection(port);
  }

  /** A session is changed in memory, and stored if no other node has changed it meanwhile. */
  async #change(id, change) {
    for (;;) {
      const { text, memory } = await this.#load(id);
      const answer = change(memory);
      const changed = JSON.stringify(memory.read(id));
      if (await this.#connection.ask("EVAL", SWAP, "1", id, text ?? "", changed)) return answer;
    }
  }

  async #load(id) {
    const text = await this.#connection.ask("GET", id);
    const memory = new MemoryStore();
    if (text !== null) memory.create(JSON.parse(text));
    return { text, memory };
  }

  create(record) {
    return this.#change(record.id, (memory) => memory.create(record));
  }

  async read(id) {
    return (await this.#load(id)).memory.read(id);
  }

  adopt(id, ...rest) {
    return this.#change(id, (memory) => memory.adopt(id, ...rest));
  }

  write(id, ...rest) {
    return this.#change(id, (memory) => memory.write(id, ...rest));
  }
}

/** As much of Redis's protocol as the store needs: answers are numbers, texts or null. */
class Connection {
  #socket;
  #read = "";
  #waiting = [];

  constructor(port) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (chunk) => this.#take(chunk));
    once(this.#socket, "close").then(() => process.exit(1));
  }

  ask(...words) {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.#socket.write(`*${words.length}\r\n${parts.join("")}`);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #take(chunk) {
    this.#read += chunk;
    for (;;) {
      const [, kind, rest] = this.#read.match(/^([-:$])([^\r]*)\r\n/) ?? [];
      if (!kind) return;
      const head = rest.length + 3;
      const length = kind === "$" && rest !== "-1" ? Number(rest) : undefined;
      if (length !== undefined && this.#read.length < head + length + 2) return;
      const { resolve, reject } = this.#waiting.shift();
      if (kind === "-") reject(new Error(rest));
      else if (kind === ":") resolve(Number(rest));
      else resolve(length === undefined ? null : Buffer.from(this.#read.slice(head, head + length), "latin1").toString());
      this.#read = this.#read.slice(length === undefined ? head : head + length + 2);
    }
  }
}
