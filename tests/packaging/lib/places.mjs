// Paths.

import { existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(dirname(fileURLToPath(import.meta.url)));
export const root = join(here, "../..");
/** Where `cargo xtask release` unpacked the crates, outside the workspace. */
export const release = process.env.STEADY_RELEASE;
export const work = release ? join(release, "projects") : join(root, "target/packaging");
export const modules = join(here, "node_modules");

/** A program that npm brought for this machine (its platform package holds it), or the machine's own. */
function provided(program, scope, prefix, ...files) {
  const names = existsSync(join(modules, scope)) ? readdirSync(join(modules, scope)) : [];
  const packages = names.filter((name) => name.startsWith(prefix)).map((name) => join(modules, scope, name));
  return packages.flatMap((folder) => files.map((file) => join(folder, file))).find(existsSync) ?? onPath(program);
}

export const programs = {
  node: () => provided("node", "", "node-", "bin/node", "bin/node.exe"),
  deno: () => provided("deno", "@deno", "", "deno", "deno.exe"),
  bun: () => provided("bun", "@oven", "bun-", "bin/bun", "bin/bun.exe"),
  /** Two packages bring a `.bin/tsc`, and npm links either. */
  tsc: (name = "typescript") => join(modules, name, "bin/tsc"),
};

export function onPath(...names) {
  for (const folder of process.env.PATH.split(delimiter)) {
    const found = names.map((name) => join(folder, name)).find(existsSync);
    if (found) return found;
  }
  throw new Error(`none of ${names.join(", ")} is on PATH`);
}
