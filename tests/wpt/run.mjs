// The web-platform-tests `websockets/` of an external checkout, with the native class, ours and the emulated one.
//
//   cargo xtask wpt --suite DIR [--class CLASS] [--only REGEX] [--json FILE] [--jobs N]
//
// The checkout needs `websockets/`, `common/`, `resources/` and `interfaces/`. `stream/` (another interface) and
// service workers (no module can be imported there, so no class replaced) are left out. A page that looks worse
// with a class is run again with it and the native class, so that a hiccup of the machine is not taken for a fault.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { allowances, isAllowed, unneeded } from "./allowances.mjs";
import { Browser } from "./chromium.mjs";
import { allPages, urlOf } from "./pages.mjs";
import { isWorse, summarise, table, total } from "./report.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The module of each class but the native one. */
const MODULES = { ours: "pkg/index.js", emulated: "tests/wpt/emulated/index.js" };

const text = { type: "string" };
const { values: given } = parseArgs({
  options: {
    suite: text,
    class: { ...text, multiple: true, default: Object.keys(MODULES) },
    only: { ...text, default: "" },
    json: text,
    jobs: { ...text, default: "2" },
    python: { ...text, default: "python3" },
    chromium: { ...text, default: "chromium" },
  },
});
const suite = resolve(given.suite);
const compared = given.class;
for (const name of compared) {
  if (!MODULES[name]) throw new Error(`--class takes ${Object.keys(MODULES).join(" or ")}, not ${name}`);
}
const TRIES = 3;
const allowed = allowances();

/** The suite's servers; with a module, they put its class in the native one's place. */
async function serve(module) {
  const args = [fileURLToPath(new URL("serve.py", import.meta.url)), "--suite", suite];
  if (module) args.push("--module", join(ROOT, module), "--module-root", ROOT, "--replace", "WebSocket=WebSocket");
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
  const once = async (name) =>
    summarise(await browser.load(urlOf(page, servers[name]), limit), page.name, name !== "native");
  const result = { ...page, tries: 0 };
  let left = compared;
  while (left.length && result.tries < TRIES) {
    result.tries++;
    for (const name of ["native", ...left]) result[name] = await once(name);
    left = left.filter((name) => isWorse(result.native, result[name]) && !isAllowed(allowed, name, page));
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
  const servers = { native: await serve() };
  for (const name of compared) servers[name] = await serve(MODULES[name]);
  const browser = await Browser.start(given.chromium);
  chromium = browser.version;
  for (let page; (page = queue.shift()); ) {
    pages.push(await runPage(browser, page, servers));
    if (pages.length % 50 === 0) console.log(`${pages.length} of ${count} pages`);
  }
  await browser.stop();
  await Promise.all(Object.values(servers).map((server) => server.stop()));
}

await Promise.all(Array.from({ length: Math.min(+given.jobs, count) }, work));
pages.sort((a, b) => (a.page < b.page ? -1 : 1));
const totals = total(pages, compared);
const seconds = Math.round((Date.now() - started) / 1000);
for (const name of compared) console.log(`\n${table(pages, totals, name)}`);
console.log(`\n${chromium}, ${seconds} s`);
if (given.json) writeFileSync(given.json, `${JSON.stringify({ chromium, seconds, totals, pages }, null, 1)}\n`);

const failed = compared.flatMap((name) =>
  pages.filter((page) => isWorse(page.native, page[name]) && !isAllowed(allowed, name, page)).map(({ page }) => `${name}: ${page}`),
);
if (failed.length) console.log(`\nworse than native, and not in README.md:\n  ${failed.join("\n  ")}`);
// A part of the suite need not show every difference.
const surplus = compared.includes("emulated") && !given.only ? unneeded(allowed, pages) : [];
if (surplus.length) console.log(`\nin README.md, and not worse than native any more:\n  ${surplus.join("\n  ")}`);
process.exitCode = failed.length || surplus.length ? 1 : 0;
