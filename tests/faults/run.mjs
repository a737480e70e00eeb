// The matrix of faults in a real browser: `cargo xtask faults` gives it what it needs. README.md says what a row means.
//
//   node tests/faults/run.mjs [chromium|firefox|webkit] [--runs N | --faults N] [--only REGEX] [--lanes N] [--seed X]
//                             [--json FILE] [--pkg DIR] [--app DIR] [--brief]
//
// `--runs` of each row, or as many as make so many faults.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { Page } from "../browser/webdriver.mjs";
import { faults } from "./page/faults.js";
import { start, startPairs } from "./servers.mjs";
import { OURS, rows, show, total } from "./table.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "3" },
    faults: { type: "string" },
    only: { type: "string", default: "" },
    lanes: { type: "string", default: "8" },
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e9)}` },
    json: { type: "string" },
    pkg: { type: "string", default: local("../../pkg") },
    app: { type: "string", default: local("../../target/faults/app") },
    brief: { type: "boolean", default: false },
  },
});
const [browser = "chromium"] = positionals;
/** Without a result for so long, the page is taken for dead. */
const SILENCE = 300_000;
const SHOWN = 20;

/** How many faults these results are of: a run with two directions has two. */
const injected = (results) => new Set(results.map(({ seed }) => seed)).size;

/** Every result, as the page has them. */
async function collect(page) {
  const results = [];
  let heard = Date.now();
  for (let said = 0; ; ) {
    const { fresh, planned, done } = await page.run(
      "return { fresh: window.results.splice(0), planned: window.planned, done: window.done }",
    );
    results.push(...fresh);
    if (fresh.length) heard = Date.now();
    if (results.length - said >= 500) {
      said = results.length;
      console.log(`… ${injected(results)} of ${planned} runs`);
    }
    if (done && !fresh.length) return results;
    if (Date.now() - heard > SILENCE) {
      results.push({ broken: `no result for ${SILENCE / 1000} s, with ${results.length} of ${planned} there` });
      return results;
    }
    await pause(200);
  }
}

/** Ours must not be wrong, and no run may break. Chromium meets every fault; others overlook some of what servers do. */
function complain(results) {
  for (const result of results) {
    if (browser === "chromium" && result.met === false) result.wrong.push("the fault did not happen");
  }
  const bad = results.filter(({ broken, wrong, subject }) => wrong?.length || (broken && (!subject || OURS.includes(subject))));
  for (const { fault, subject, seed, broken, wrong } of bad.slice(0, SHOWN)) {
    console.log(`\nnot ok - ${fault}: ${subject} (run ${seed})`);
    console.log((broken ?? wrong.slice(0, 6).join("\n")).replace(/^/gm, "    "));
  }
  if (bad.length > SHOWN) console.log(`\n… and ${bad.length - SHOWN} more`);
  return bad.length;
}

const servers = await start(Number(values.lanes), values);
const only = new RegExp(values.only);
const pairs = await startPairs(servers.addresses, (subject) => faults.some(({ name }) => only.test(`${name}: ${subject}`)));
let results = [];
let version;
try {
  const page = await Page.open(browser);
  try {
    const query = new URLSearchParams({ servers: JSON.stringify(servers.addresses), only: values.only, seed: values.seed });
    if (values.faults) query.set("faults", values.faults);
    else query.set("runs", values.runs);
    await page.go(`${servers.pages}/index.html?${query}`);
    version = await page.run("return navigator.userAgent");
    results = await collect(page);
  } finally {
    await page.close();
  }
} finally {
  servers.stop();
  await pairs.stop();
}

const table = rows(results.filter(({ subject }) => subject)).toSorted((one, other) => one.fault.localeCompare(other.fault));
const names = [...new Set(table.map(({ subject }) => subject))];
const totals = names.map((name) => total(table, [name], name));
console.log(`\n${show(values.brief ? totals : [...table, ...totals])}`);
console.log(`\n${injected(results)} faults in ${Math.round(performance.now() / 1000)} s with seed ${values.seed}, ${version}`);
if (values.json) {
  writeFileSync(values.json, JSON.stringify({ date: new Date().toISOString(), browser: version, seed: values.seed, rows: table, totals }, null, 1));
}
const bad = complain(results);
console.log(`# pass ${results.length - bad}\n# fail ${bad}`);
process.exitCode = bad || !results.length ? 1 : 0;
