// The servers of the matrix: a fault server per lane, because a browser opens connections to one address and port one
// after another; one session server, and a relay before it with as many lanes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

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

/** Starts the servers that send messages of their own, behind relays; adds these to the addresses. */
export async function startPairs(addresses) {
  const session = await one(SESSIONS, []);
  const ports = { "/live": session.told.port };
  const relay = await one(process.execPath, [local("relay/main.mjs"), `${addresses.length}`, JSON.stringify(ports)]);
  const accounts = { session: `http://127.0.0.1:${session.told.port}` };
  addresses.forEach((address, at) => Object.assign(address, { relay: relay.told[at], accounts }));
  return { stop: () => [session, relay].forEach(({ child }) => child.stdin.end()) };
}

/** A program that says in one line of JSON where it listens, and ends when its standard input does. */
async function one(program, flags) {
  const child = spawn(program, flags, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, told: JSON.parse(line) };
}
