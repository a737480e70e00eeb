// Starts the fault server with the bench's pages, on several ports: Chromium makes one handshake at a time for an
// address and a port and waits 10 ms before the next, which would dominate every measurement of opening many sockets.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PORTS = 16;

/** `http` and `ws` of the one with the pages, and `ports`, the `ws` of all of them. */
export async function testServer({ built, server }) {
  const mounts = ["contenders", "rust", "session"].flatMap((name) => ["--mount", `/${name}=${join(built, name)}`]);
  const www = fileURLToPath(new URL("page/", import.meta.url));
  // Isolated pages have the finer clock.
  const first = start(server, ["--isolate", "--www", www, ...mounts]);
  const all = [first, ...Array.from({ length: PORTS - 1 }, () => start(server, []))];
  const lines = await Promise.all(all.map(({ line }) => line));
  return {
    ...lines[0],
    ports: lines.map(({ ws }) => ws),
    stop: () => all.forEach(({ child }) => child.stdin.end()),
  };
}

function start(server, flags) {
  const child = spawn(server, ["--with-parent", ...flags], { stdio: ["pipe", "pipe", "inherit"] });
  const line = once(createInterface(child.stdout), "line").then(([text]) => JSON.parse(text));
  return { child, line };
}
