// The type declarations, checked as strictly as TypeScript can.

import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { consumer } from "../lib/package.mjs";
import { modules, programs, work } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";

const types = join(consumer, "types");

async function check(name, options, include, compiler) {
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    noEmit: true,
    target: "es2022",
    types: [],
    ...options,
  };
  const project = join(types, `tsconfig.${name}.json`);
  await writeFile(project, JSON.stringify({ compilerOptions, include }));
  return run(process.execPath, [programs.tsc(compiler), "--project", project]);
}

const bundler = { module: "esnext", moduleResolution: "bundler" };
const node = { module: "nodenext", moduleResolution: "nodenext" };

/** Options with the types of Node in this package. Its name is looked for in folders, so it is put into one. */
async function withNode(types) {
  const folder = join(work, "node-types", types);
  await mkdir(folder, { recursive: true });
  await symlink(join(modules, types), join(folder, "node"), "dir");
  return { types: ["node"], typeRoots: [folder] };
}

const used = ["use.ts", "async.ts", "global.ts", "entries.ts"];
const newest = await withNode("@types/node");
// With the types of Node's first version that has a WebSocket. Newer ones need a newer TypeScript.
const oldest = await withNode("types-node-22");
const page = { lib: ["es2022", "dom"] };
const nodeOnly = { lib: ["es2022"] };

for (const [name, resolution] of Object.entries({ bundler, nodenext: node })) {
  test(`types: ${name}, in a page`, () =>
    check(`${name}.dom`, { ...resolution, ...page }, [...used, "dom.ts"]));
  test(`types: ${name}, in a worker`, () =>
    check(`${name}.worker`, { ...resolution, lib: ["es2022", "webworker"] }, used));
  test(`types: ${name}, in Node`, () => check(`${name}.node`, { ...resolution, ...nodeOnly, ...newest }, used));
  test(`types: ${name}, in Node with lib.dom`, () =>
    check(`${name}.both`, { ...resolution, ...page, ...newest }, [...used, "dom.ts"]));
}

for (const [place, options] of Object.entries({
  page: { ...page },
  Node: { ...nodeOnly, ...oldest },
  "Node with lib.dom": { ...page, ...oldest },
})) {
  const files = options.lib === page.lib ? [...used, "dom.ts"] : used;
  test(`types: TypeScript 5.4, the oldest, in ${place}`, () =>
    check(`oldest.${place}`.replaceAll(" ", "-"), { ...node, ...options }, files, "typescript-5.4"));
}

test("types: a wrong argument is refused", async () => {
  const refused = check("wrong", { ...bundler, ...page }, ["wrong.ts"]);
  await assert.rejects(refused, (error) => {
    const lines = error.message.match(/wrong\.ts\(\d+/g);
    assert.deepEqual(lines, ["wrong.ts(3", "wrong.ts(4"]);
    return true;
  });
});
