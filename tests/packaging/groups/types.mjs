// The type declarations, checked as strictly as TypeScript can.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { consumer } from "../lib/package.mjs";
import { programs } from "../lib/places.mjs";
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

for (const [name, resolution] of Object.entries({ bundler, nodenext: node })) {
  test(`types: ${name}, in a page`, () =>
    check(`${name}.dom`, { ...resolution, lib: ["es2022", "dom"] }, ["use.ts", "async.ts", "global.ts"]));
  test(`types: ${name}, in a worker`, () =>
    check(`${name}.worker`, { ...resolution, lib: ["es2022", "webworker"] }, ["use.ts", "async.ts", "global.ts"]));
}

test("types: TypeScript 5.4, the oldest", () =>
  check("oldest", { ...node, lib: ["es2022", "dom"] }, ["use.ts", "async.ts", "global.ts"], "typescript-5.4"));

test("types: a wrong argument is refused", async () => {
  const refused = check("wrong", { ...bundler, lib: ["es2022", "dom"] }, ["wrong.ts"]);
  await assert.rejects(refused, (error) => {
    const lines = error.message.match(/wrong\.ts\(\d+/g);
    assert.deepEqual(lines, ["wrong.ts(3", "wrong.ts(4"]);
    return true;
  });
});
