// The fault server: the one that STEADY_TEST_SERVER names (its line of JSON), or a new one.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export async function testServer() {
  const given = process.env.STEADY_TEST_SERVER;
  if (given) return { line: given, stop() {} };
  const built = fileURLToPath(new URL("../../target/debug/steady-test-server", import.meta.url));
  const program = process.env.STEADY_TEST_SERVER_BIN ?? built;
  const child = spawn(program, ["--with-parent"], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return { line, stop: () => child.stdin.end() };
}
