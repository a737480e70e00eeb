// The network and its matchers in Vitest and Jest: cargo xtask test --only frameworks
//
// The same cases run in each framework, once as it is and once with fake timers from the start. The documents' examples for
// Vitest run here, too: those of a document make one file.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { root, written } from "../docs/documents.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const run = promisify(execFile);

// As npm installs it: the frameworks must be found from there.
const installed = new URL("node_modules/steady-websocket", import.meta.url);
await rm(installed, { recursive: true, force: true });
await cp(new URL("../../pkg", import.meta.url), installed, { recursive: true });

/** Runs a script of the folder's packages. Returns what it printed, also if it fails. */
async function node(script, ...args) {
  const env = { ...process.env, NODE_OPTIONS: "--experimental-vm-modules --no-warnings", NO_COLOR: "1" };
  const options = { cwd: here, env, maxBuffer: 1e8 };
  return run(process.execPath, [`node_modules/${script}`, ...args], options).catch((error) => error);
}

/** Fails unless so many tests passed, and none failed. Both frameworks report as Jest does. */
async function passes(count, script, ...args) {
  const { stdout, stderr } = await node(script, ...args);
  const line = stdout.split("\n").find((line) => line.startsWith("{")) ?? assert.fail(`${stdout}${stderr}`);
  const { numPassedTests, testResults } = JSON.parse(line);
  const failed = testResults.flatMap(({ assertionResults, message }) => [
    ...assertionResults.filter(({ status }) => status === "failed").map((one) => `${one.title}: ${one.failureMessages}`),
    ...(assertionResults.length ? [] : [message]),
  ]);
  assert.deepEqual(failed, []);
  assert.equal(numPassedTests, count);
}

const vitest = (count, ...args) => passes(count, "vitest/vitest.mjs", "run", "--reporter=json", "--root=.", ...args);

for (const timers of ["real", "fake"]) {
  // The tests in `cases.js`. A network in real time needs the platform's timers.
  const count = timers === "fake" ? 9 : 10;
  test(`Vitest, ${timers} timers from the start`, () =>
    vitest(count, ...(timers === "fake" ? ["--config", "vitest/fake.config.js"] : []), "vitest/"));

  test(`Jest, ${timers} timers from the start`, () => {
    const config = { transform: {}, fakeTimers: { enableGlobally: timers === "fake" } };
    return passes(count, "jest/bin/jest.js", "--json", "--config", JSON.stringify(config), "jest/");
  });
}

const STRICT = ["--strict", "--noUncheckedIndexedAccess", "--noEmit", "--target", "es2023", "--lib", "es2023,dom"];

/** Others' declarations are theirs to mend. */
const typed = async (...files) => {
  const { stdout } = await node("typescript/bin/tsc", ...STRICT, "--module", "nodenext", "--skipLibCheck", "--types", "", ...files);
  assert.equal(stdout, "");
};

test("Vitest, in jsdom", () => vitest(10, "--environment=jsdom", "vitest/"));

for (const framework of ["vitest", "jest"]) {
  test(`the types of the matchers in ${framework}`, () => typed(`types/${framework}.ts`));
}

const examples = new Map();
for (const { file, code, comments } of written("ts")) {
  if (comments.includes("<!-- runs in: vitest -->")) examples.set(file, (examples.get(file) ?? "") + code);
}
await mkdir(new URL("docs", import.meta.url), { recursive: true });
for (const [file, code] of examples) {
  const script = `docs/${file.replaceAll("/", "-")}.test.ts`;
  await writeFile(new URL(script, import.meta.url), code);
  test(`the examples of ${file}`, async () => {
    await typed(script);
    await vitest(code.match(/^test\(/gm).length, script);
  });
}

test("docs/migration/mock-socket.md: what one writes is in an example that runs", async () => {
  const file = "docs/migration/mock-socket.md";
  const rows = [...(await readFile(root + file, "utf8")).matchAll(/^\| `.*\| (.*) \|$/gm)].map(([, right]) => right);
  const codes = rows.flatMap((right) => [...right.matchAll(/`([^`]+)`/g)].map(([, code]) => code)).filter((code) => /[({"]/.test(code));
  assert.equal(codes.length > 20, true, `${codes.length}`);
  assert.deepEqual(codes.filter((code) => !examples.get(file).includes(code)), []);
});
