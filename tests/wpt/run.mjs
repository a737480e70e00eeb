// The web-platform-tests `websockets/` of an external checkout, with the native class and ours side by side.
//
//   cargo xtask wpt --suite DIR [--only REGEX] [--json FILE] [--jobs N]
//
// The checkout needs `websockets/`, `common/`, `resources/` and `interfaces/`. `stream/` (another interface) and
// service workers (no module can be imported there, so no class replaced) are left out. A page that looks worse
// with ours is run again with both, so that a hiccup of the machine is not taken for a fault.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Browser } from "./chromium.mjs";
import { allPages, urlOf } from "./pages.mjs";
import { isWorse, summarise, table, total } from "./report.mjs";

const text = { type: "string" };
const { values: given } = parseArgs({
  options: {
    suite: text,
    only: { ...text, default: "" },
    json: text,
    jobs: { ...text, default: "2" },
    module: text,
    python: { ...text, default: "python3" },
    chromium: { ...text, default: "chromium" },
  },
});
const suite = resolve(given.suite);
const module = resolve(given.module);
const TRIES = 3;

/** The suite's servers; with `ours`, they put our class in the native one's place. */
async function serve(ours) {
  const args = [fileURLToPath(new URL("serve.py", import.meta.url)), "--suite", suite];
  if (ours) args.push("--module", module, "--replace", "WebSocket=WebSocket");
  const child = spawn(given.python, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const failed = ended.then(([code]) => {
    throw new Error(`serve.py ended (${code})`);
  });
  const [line] = await Promise.race([once(createInterface(child.stdout), "line"), failed]);
  failed.catch(() => {});
  return {
    ...JSON.parse(line),
    stop() {
      child.stdin.end();
      return ended;
    },
  };
}

async function runPage(browser, page, servers) {
  const limit = (page.long ? 60 : 10) * 1000 + 8000;
  const once = async (ours) =>
    summarise(await browser.load(urlOf(page, servers[+ours]), limit), page.name, ours);
  let result;
  for (let tries = 1; tries <= TRIES; tries++) {
    result = { ...page, tries, native: await once(false), ours: await once(true) };
    if (!isWorse(result.native, result.ours)) break;
  }
  return result;
}

const started = Date.now();
const queue = allPages(suite, new RegExp(given.only));
const count = queue.length;
if (!count) throw new Error(`no page in ${join(suite, "websockets")} fits`);
const pages = [];
let chromium;

/** Each has its own servers and browser, so that pages running at once cannot disturb each other. */
async function work() {
  const servers = await Promise.all([serve(false), serve(true)]);
  const browser = await Browser.start(given.chromium);
  chromium = browser.version;
  for (let page; (page = queue.shift()); ) {
    pages.push(await runPage(browser, page, servers));
    if (pages.length % 50 === 0) console.log(`${pages.length} of ${count} pages`);
  }
  await browser.stop();
  await Promise.all(servers.map((server) => server.stop()));
}

await Promise.all(Array.from({ length: Math.min(+given.jobs, count) }, work));
pages.sort((a, b) => (a.page < b.page ? -1 : 1));
const totals = total(pages);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`\n${table(pages, totals)}\n\n${chromium}, ${seconds} s`);
if (given.json) writeFileSync(given.json, `${JSON.stringify({ chromium, seconds, totals, pages }, null, 1)}\n`);
process.exitCode = totals.worse ? 1 : 0;
