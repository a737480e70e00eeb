// One fault server per lane: a browser opens connections to one address and port one after another.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = process.env.STEADY_TEST_SERVER_BIN ?? local("../../target/debug/steady-test-server");

/** Starts so many; the first one serves the page and all that is tried in it. */
export async function start(count, { pkg, app }, flags = []) {
  const mounts = { "/pkg": pkg, "/app": app, "/peers": local("node_modules") };
  const pages = [...flags, "--www", local("page"), ...Object.entries(mounts).flatMap(([at, folder]) => ["--mount", `${at}=${folder}`])];
  const servers = await Promise.all(Array.from({ length: count }, (_, at) => one(at ? [] : pages)));
  return {
    addresses: servers.map(({ address }) => address),
    pages: servers[0].address.http,
    stop: () => servers.forEach(({ child }) => child.stdin.end()),
  };
}

async function one(flags) {
  const child = spawn(PROGRAM, ["--with-parent", ...flags], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, address: JSON.parse(line) };
}
