// The fault server: the one that cargo xtask test started, or a new one.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { root } from "./places.mjs";

async function start() {
  const server = spawn("cargo", ["run", "--quiet", "--package", "steady-test-server", "--", "--with-parent"], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  after(() => server.stdin.end());
  for await (const line of createInterface(server.stdout)) return line;
  throw new Error("the test server did not start");
}

/** Where its sockets are, `ws`, and its control port, `http`. */
export const { ws, http } = JSON.parse(process.env.STEADY_TEST_SERVER ?? (await start()));
export const echo = `${ws}/echo`;
