// Servers as processes, so that one can be killed in the middle and restarted on the same port.

import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Java on a busy machine takes its time. */
const PATIENCE = 90_000;
const alive = new Set();

// Asked to end, not killed: nginx and Java have processes and files of their own to clean up.
process.on("exit", () => alive.forEach((child) => child.kill()));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

export const freePort = async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
};

export class Program {
  #child;
  #begin;
  #asked = 0;

  constructor(port, begin) {
    this.port = port;
    this.#begin = begin;
  }

  /** A program, given its port. */
  static command(port, program, args, options) {
    return new Program(port, () => spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options }));
  }

  /** A script of ours, which can be asked things: see `obey`. */
  static script(port, file, options) {
    return new Program(port, () => fork(file, [String(port)], { silent: true, ...options }));
  }

  /** Does nothing if it runs. */
  async start() {
    if (alive.has(this.#child)) return;
    const child = this.#begin();
    this.#child = child;
    alive.add(child);
    let said = "";
    for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (chunk) => (said += chunk));
    let failed;
    child.on("error", (cause) => (failed = cause.message));
    child.on("exit", (code, signal) => {
      alive.delete(child);
      failed ??= `ended with ${code ?? signal}`;
    });
    for (const end = Date.now() + PATIENCE; !(await accepts(this.port)); await pause(20)) {
      if (failed || Date.now() > end) throw new Error(`${child.spawnfile}: ${failed ?? "does not listen"}\n${said}`);
    }
  }

  async kill({ name = "SIGKILL" } = {}) {
    const child = this.#child;
    if (!alive.has(child)) return;
    const ended = once(child, "exit");
    child.kill(name);
    await ended;
  }

  signal({ name }) {
    this.#child.kill(name);
  }

  ask(verb, args) {
    const number = this.#asked++;
    return new Promise((resolve, reject) => {
      const hear = (answer) => {
        if (answer.number !== number) return;
        this.#child.off("message", hear);
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.told);
      };
      this.#child.on("message", hear);
      this.#child.send({ number, verb, args });
    });
  }
}

/** The other end of `ask`, in the script. It ends when its parent does. */
export function obey(verbs) {
  process.on("disconnect", () => process.exit());
  process.on("message", async ({ number, verb, args }) => {
    try {
      process.send({ number, told: await verbs[verb](args) });
    } catch (cause) {
      process.send({ number, error: `${verb}: ${cause.stack}` });
    }
  });
}

const accepts = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });

/** A folder that is gone when this process is. */
export function scratch(name) {
  const folder = mkdtempSync(join(tmpdir(), `steady-${name}-`));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where Debian puts servers, which not everybody has on PATH. */
export const sbin = (name) => [`/usr/sbin/${name}`].find(existsSync) ?? name;
