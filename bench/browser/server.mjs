// The fault server with the pages of the bench.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export async function testServer({ built, server }) {
  const mounts = ["contenders", "rust"].flatMap((name) => ["--mount", `/${name}=${join(built, name)}`]);
  const www = fileURLToPath(new URL("page/", import.meta.url));
  // Isolated pages have the finer clock.
  const child = spawn(server, ["--with-parent", "--isolate", "--www", www, ...mounts], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(createInterface(child.stdout), "line");
  return { ...JSON.parse(line), stop: () => child.stdin.end() };
}
