// Where things are.

import { existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(dirname(fileURLToPath(import.meta.url)));
export const root = join(here, "../..");
export const work = join(root, "target/packaging");
export const modules = join(here, "node_modules");

/** A program from npm, for this machine: its platform package holds it, install scripts only link it. */
function fromPlatformPackage(scope, prefix, ...names) {
  const packages = readdirSync(join(modules, scope)).filter((name) => name.startsWith(prefix));
  for (const name of packages) {
    const found = names.map((file) => join(modules, scope, name, file)).find(existsSync);
    if (found) return found;
  }
  throw new Error(`npm brought no ${prefix} for this platform`);
}

export const programs = {
  node: () => fromPlatformPackage("", "node-", "bin/node", "bin/node.exe"),
  deno: () => fromPlatformPackage("@deno", "", "deno", "deno.exe"),
  bun: () => fromPlatformPackage("@oven", "bun-", "bin/bun", "bin/bun.exe"),
  tsc: () => join(modules, ".bin/tsc"),
};

export function onPath(...names) {
  for (const folder of process.env.PATH.split(delimiter)) {
    const found = names.map((name) => join(folder, name)).find(existsSync);
    if (found) return found;
  }
  throw new Error(`none of ${names.join(", ")} is on PATH`);
}
