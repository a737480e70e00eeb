// The network and its matchers in Vitest and Jest: cargo xtask test --only frameworks
//
// The same cases run in each framework, once as it is and once with fake timers from the start.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, rm } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

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

/** The tests in `cases.js`. */
const CASES = 10;

/** Both frameworks report as Jest does. */
async function report(script, skipped, ...args) {
  const { stdout, stderr } = await node(script, ...args);
  const line = stdout.split("\n").find((line) => line.startsWith("{")) ?? assert.fail(`${stdout}${stderr}`);
  const { numPassedTests, testResults } = JSON.parse(line);
  const failed = testResults.flatMap(({ assertionResults, message }) => [
    ...assertionResults.filter(({ status }) => status === "failed").map((one) => `${one.title}: ${one.failureMessages}`),
    ...(assertionResults.length ? [] : [message]),
  ]);
  assert.deepEqual(failed, []);
  assert.equal(numPassedTests, CASES - skipped);
}

for (const timers of ["real", "fake"]) {
  // A network in real time needs the platform's timers.
  const skipped = timers === "fake" ? 1 : 0;
  test(`Vitest, ${timers} timers from the start`, () => {
    const setup = timers === "fake" ? ["--config", "vitest/fake.config.js"] : [];
    return report("vitest/vitest.mjs", skipped, "run", "--reporter=json", "--root=.", ...setup, "vitest");
  });

  test(`Jest, ${timers} timers from the start`, () => {
    const config = { transform: {}, fakeTimers: { enableGlobally: timers === "fake" } };
    return report("jest/bin/jest.js", skipped, "--json", "--config", JSON.stringify(config), "jest/");
  });
}

for (const framework of ["vitest", "jest"]) {
  test(`the types of the matchers in ${framework}`, async () => {
    const options = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--types", ""];
    const { stdout = "" } = await node("typescript/bin/tsc", ...options, `types/${framework}.ts`);
    assert.equal(stdout, "");
  });
}
