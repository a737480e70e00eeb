// The servers of the matrix: a fault server per lane, because a browser opens connections to one address and port one
// after another; the servers of sessions, and a relay before them with as many lanes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Program, freePort } from "../peers/lib/program.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const built = local("../../target/debug");
const FAULTS = process.env.STEADY_TEST_SERVER_BIN ?? `${built}/steady-test-server`;
const SESSIONS = process.env.STEADY_FAULTS_SERVER_BIN ?? `${built}/steady-faults-server`;

/** Starts so many fault servers; the first one serves the page and all that is tried in it. */
export async function start(count, { pkg, app }, flags = []) {
  const mounts = { "/pkg": pkg, "/app": app, "/peers": local("node_modules") };
  const pages = [...flags, "--www", local("page"), ...Object.entries(mounts).flatMap(([at, folder]) => ["--mount", `${at}=${folder}`])];
  const servers = await Promise.all(Array.from({ length: count }, (_, at) => one(FAULTS, ["--with-parent", ...(at ? [] : pages)])));
  return {
    addresses: servers.map(({ told }) => told),
    pages: servers[0].told.http,
    stop: () => servers.forEach(({ child }) => child.stdin.end()),
  };
}

/** How the server of a subject is started, and the path at which the relay finds it. */
const pairs = {
  session: { path: "/live", start: () => one(SESSIONS, []) },
  "socket.io": {
    path: "/socket.io/",
    async start() {
      const port = await freePort();
      const flags = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""];
      const redis = Program.command(port, "redis-server", flags);
      await redis.start();
      return { ...(await one(process.execPath, [local("socket-io.mjs"), `${port}`])), redis };
    },
  },
};

/** Starts those servers that send messages of their own and are wanted, behind relays; adds these to the addresses. */
export async function startPairs(addresses, wanted) {
  const subjects = Object.keys(pairs).filter(wanted);
  const servers = await Promise.all(subjects.map((subject) => pairs[subject].start()));
  const each = (of) => Object.fromEntries(subjects.map((subject, at) => of(subject, servers[at].told.port)));
  const ports = each((subject, port) => [pairs[subject].path, port]);
  const accounts = each((subject, port) => [subject, `http://127.0.0.1:${port}`]);
  const relay = await one(process.execPath, [local("relay/main.mjs"), `${addresses.length}`, JSON.stringify(ports)]);
  addresses.forEach((address, at) => Object.assign(address, { relay: relay.told[at], accounts }));
  return {
    async stop() {
      for (const { child, redis } of [...servers, relay]) {
        child.stdin.end();
        await redis?.kill();
      }
    },
  };
}

/** A program that says in one line of JSON where it listens, and ends when its standard input does. */
async function one(program, flags) {
  const child = spawn(program, flags, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, told: JSON.parse(line) };
}
