// Random lives of the JavaScript shell: README.md says what they are and how they are judged.
//
//   node tests/random/run.mjs [--lives N] [--seed S]
//
// The lives have the seeds S, S + 1, and so on. A seed alone runs that one life, step by step.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const worker = fileURLToPath(new URL("worker.mjs", import.meta.url));
/** After so many failures it is not worth going on. */
const ENOUGH = 5;
const { values } = parseArgs({ options: { lives: { type: "string" }, seed: { type: "string" } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const lives = Number(values.lives ?? 1);
if (![seed, lives].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error("Seeds and numbers of lives are integers, 0 or more.");
  process.exit(2);
}

/** Runs lives until one fails; the failure, if any. */
function run(first, count, ...trace) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--expose-gc", worker, `${first}`, `${count}`, ...trace], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.on("close", (code) => {
      if (code === 0) return resolve(undefined);
      try {
        resolve(JSON.parse(text.trim().split("\n").at(-1)));
      } catch {
        resolve({ seed: first, text: `the process ended with ${code}`, lines: text });
      }
    });
  });
}

const begun = performance.now();
let failures = 0;
for (let at = seed; at < seed + lives && failures < ENOUGH; ) {
  const failure = await run(at, seed + lives - at);
  if (!failure) break;
  failures++;
  at = failure.seed + 1;
  const again = (await run(failure.seed, 1, "trace")) ?? { lines: `    By itself this life does not fail: it takes those from ${at} on.` };
  console.log(`\nnot ok - life ${failure.seed}: ${failure.text}\n${again.lines}\n\n    again: cargo xtask random --seed ${failure.seed}`);
}
const seconds = (performance.now() - begun) / 1_000;
console.log(`\n${lives} lives from seed ${seed} in ${seconds.toFixed(1)} s`);
console.log(`# pass ${lives - failures}\n# fail ${failures}`);
process.exit(failures ? 1 : 0);
