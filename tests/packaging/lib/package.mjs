// The packed tarball, installed into an empty project the way npm does it.

import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { here, root, work } from "./places.mjs";
import { run } from "./run.mjs";

export const consumer = join(work, "consumer");
export const installed = join(consumer, "node_modules/steady-websocket");

await rm(work, { recursive: true, force: true });
await mkdir(consumer, { recursive: true });
const [packed] = JSON.parse(await run("npm", ["pack", "--json", "--pack-destination", work], { cwd: join(root, "pkg") }));
await writeFile(join(consumer, "package.json"), '{ "private": true, "type": "module" }\n');
await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(work, packed.filename)], { cwd: consumer });
await cp(join(here, "app"), join(consumer, "app"), { recursive: true });
await cp(join(here, "types"), join(consumer, "types"), { recursive: true });

/** The tarball's files. */
export const files = packed.files.map(({ path }) => path).sort();
