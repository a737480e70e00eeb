// Three nodes behind nginx, without stickiness, over a store that they share. Clients and application send all the time, while
// nodes are killed and started again, nginx is reloaded, and clients connect anew.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SteadyWebSocket } from "../../pkg/session.js";
import { nginx } from "../peers/lib/nginx.mjs";
import { Program, freePort, scratch } from "../peers/lib/program.mjs";
import { event } from "./lib.mjs";
import { redis } from "./redis.mjs";

const CLIENTS = 3;
const ROUNDS = 9;
/** A client sends while fewer of its messages are not handled. */
const OPEN = 32;
const FAST = { session: "require", backoff: { first: 1, floor: 1, restartFloor: 1, busyFloor: 1, jitter: "none" } };

/** Wakes those who wait for a number to grow. */
class Count {
  #value = 0;
  #waiting = [];

  add() {
    this.#value++;
    this.#waiting = this.#waiting.filter(({ target, resolve }) => this.#value < target || resolve());
  }

  grows(by) {
    return new Promise((resolve) => this.#waiting.push({ target: this.#value + by, resolve }));
  }
}

class Client {
  received = [];
  sent = 0;
  delivered = 0;
  /** The messages not known to be handled at the end of each connection: after the first number, up to the second. */
  open = [];
  #ends = false;

  constructor(name, url, { progress, ended }) {
    this.name = name;
    this.progress = progress;
    this.socket = new SteadyWebSocket(url, [], FAST);
    this.socket.addEventListener("message", ({ data }) => {
      this.received.push(data);
      progress.add();
    });
    this.socket.addEventListener("reconnecting", () => {
      this.open.push([this.delivered, this.sent]);
      ended.add();
      // The node that has handled it may have been overtaken before it closed the session.
      if (this.#ends) this.#send("last");
    });
    this.socket.addEventListener("sessionlost", ({ reason }) => {
      this.lost = reason;
    });
    for (let count = 0; count < OPEN; count++) this.#next();
  }

  #next() {
    if (!this.#ends) this.#send(`${this.name}.${this.sent + 1}`);
  }

  #send(text) {
    this.sent++;
    this.socket.send(text, { track: true }).fate.then((fate) => {
      if (fate !== "delivered") return;
      this.delivered++;
      this.progress.add();
      this.#next();
    });
  }

  /** Asks the application to close the session. */
  async end() {
    this.#ends = true;
    this.last = this.sent + 1;
    const closed = event(this.socket, "close");
    this.#send("last");
    await closed;
  }

  /** `lines`: what the application did in this client's session. Returns how many messages were handled again. */
  judge(lines) {
    // Closed, with everything handled; a client that was away meanwhile is refused.
    assert.ok([undefined, "closed"].includes(this.lost), `${this.name}: ${this.lost}`);
    assert.ok(this.delivered >= this.last, this.name);
    let next = 1;
    let again = 0;
    for (const [what, , text] of lines) {
      if (what !== "handled" || text === "last") continue;
      const number = Number(text.split(".")[1]);
      if (number === next) next++;
      else {
        assert.ok(number < next, `${this.name}: ${number} was handled before ${next}`);
        assert.ok(this.open.some(([behind, last]) => behind < number && number <= last), `${this.name}: ${number} was acknowledged, and handled again`);
        again++;
      }
    }
    assert.equal(next, this.last, this.name);
    assert.ok(lines.some(([what, , text]) => what === "handled" && text === "last"), this.name);
    // Of the application's messages, all that were accepted before the end, each once and in order.
    const [, , accepted] = lines.find(([what]) => what === "closed") ?? assert.fail(`${this.name} was not closed`);
    assert.deepEqual(this.received, Array.from({ length: Number(accepted) }, (_, at) => String(at + 1)));
    return again;
  }
}

test("nodes are killed under load, and nothing is lost", async (t) => {
  const programs = [];
  t.after(() => Promise.all(programs.map((program) => program.kill({ name: "SIGTERM" }))));
  const start = async (program) => {
    programs.push(program);
    await program.start();
    return program;
  };
  const store = await start(redis(await freePort()));
  const journal = join(scratch("journal"), "journal");
  const env = { ...process.env, STEADY_REDIS: String(store.port), STEADY_JOURNAL: journal };
  const file = fileURLToPath(new URL("node.server.mjs", import.meta.url));
  const nodes = [];
  for (let count = 0; count < 3; count++) nodes.push(await start(Program.script(await freePort(), file, { env })));
  const front = await start(nginx(await freePort(), ...nodes.map(({ port }) => `127.0.0.1:${port}`)));

  const counts = { progress: new Count(), ended: new Count() };
  const url = `ws://127.0.0.1:${front.port}/`;
  const clients = Array.from({ length: CLIENTS }, (_, at) => new Client(`client${at}`, url, counts));
  for (let round = 0; round < ROUNDS; round++) {
    await counts.progress.grows(200);
    const node = nodes[round % nodes.length];
    await node.kill();
    await counts.progress.grows(100);
    await node.start();
    clients[round % CLIENTS].socket.reconnect();
    if (round % 3 !== 1) continue;
    const ended = counts.ended.grows(1);
    front.signal({ name: "SIGHUP" });
    await ended;
  }
  await counts.progress.grows(200);
  await Promise.all(clients.map((client) => client.end()));

  const lines = readFileSync(journal, "utf8").trimEnd().split("\n").map((line) => line.split(" "));
  let again = 0;
  for (const client of clients) {
    const [, id] = lines.find(([, , text]) => text.startsWith(`${client.name}.`));
    again += client.judge(lines.filter((line) => line[1] === id));
  }
  const sum = (of) => clients.reduce((total, client) => total + of(client), 0);
  t.diagnostic(
    `${ROUNDS} kills, ${sum(({ open }) => open.length)} connections ended; ${sum(({ last }) => last)} messages handled, ` +
      `${again} again; ${sum(({ received }) => received.length)} received`,
  );
});
