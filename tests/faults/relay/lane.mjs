// A port that relays, and its control port.

import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { createServer } from "node:net";
import { Connection } from "./connection.mjs";

const HOST = "127.0.0.1";
const OPEN = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "*" };

/** Requests that act on each connection. */
const acts = {
  "POST /kill": (connection, { mode }) => connection.kill(mode),
  "POST /close": (connection, { code, reason }) => connection.close(code, reason),
  "POST /silence": (connection) => connection.silence(),
  "POST /pause": (connection) => connection.pause(),
  "POST /resume": (connection) => connection.resume(),
  "POST /slow": (connection, { rate }) => connection.slow(Number(rate)),
};

export class Lane {
  #ports;
  #connections = new Set();
  /** The faults of the next handshakes, by id. */
  #faults = new Map();
  #relay = createServer({ noDelay: true }, (client) => this.#accept(client));
  #control = createHttp((request, response) => this.#answer(request, response));
  #port = 0;

  /** `ports` are those of the servers, by path. */
  constructor(ports) {
    this.#ports = ports;
  }

  async listen() {
    for (const server of [this.#relay, this.#control]) await once(server.listen(0, HOST), "listening");
    const [ws, http] = [this.#relay, this.#control].map((server) => server.address().port);
    this.#port = ws;
    return { ws: `ws://${HOST}:${ws}`, http: `http://${HOST}:${http}` };
  }

  #accept(client) {
    const connection = new Connection(client, (path) => this.#ports[path], (id) => this.#faults.get(id)?.shift());
    this.#connections.add(connection);
    client.on("close", () => this.#connections.delete(connection));
  }

  async #answer({ method, url }, response) {
    const { pathname, searchParams } = new URL(url, "http://relay");
    const query = Object.fromEntries(searchParams);
    const asked = `${method} ${pathname}`;
    if (method === "OPTIONS") response.writeHead(204, OPEN).end();
    else if (acts[asked]) {
      const connections = this.#of(query.id);
      for (const connection of connections) acts[asked](connection, query);
      response.writeHead(200, OPEN).end(JSON.stringify({ connections: connections.length }));
    } else if (this.#requests[asked]) {
      await this.#requests[asked](query);
      response.writeHead(200, OPEN).end("{}");
    } else response.writeHead(400, OPEN).end(JSON.stringify({ error: `no request ${asked}` }));
  }

  #of(id) {
    return [...this.#connections].filter((connection) => id === undefined || connection.id === id);
  }

  #requests = {
    /** The next handshake with this id meets the fault that this path of tests/server names. */
    "POST /mode": ({ id, path }) => {
      const { pathname, searchParams } = new URL(path, "http://relay");
      if (!this.#faults.has(id)) this.#faults.set(id, []);
      this.#faults.get(id).push({ word: pathname.slice(1), ...Object.fromEntries(searchParams) });
    },
    "POST /stop-listening": ({ mode }) => {
      this.#relay.close();
      for (const connection of this.#of()) connection.kill(mode);
    },
    "POST /start-listening": () => once(this.#relay.listen(this.#port, HOST), "listening"),
    "DELETE /log": ({ id }) => {
      this.#faults.delete(id);
      for (const connection of this.#of(id)) connection.kill("rst");
    },
  };
}
