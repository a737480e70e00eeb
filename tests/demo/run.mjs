// The demo page in a real browser: every button, every plot, every count.
//
//   node tests/demo/run.mjs [chromium|firefox|webkit]
//
// Screenshots are left in target/demo.

import assert from "node:assert/strict";
import { Page } from "../browser/webdriver.mjs";
import { casesOf } from "./cases.mjs";
import { View } from "./view.mjs";
import { serve, serveFiles } from "./site.mjs";

const [browser = "chromium"] = process.argv.slice(2);
const page = await Page.open(browser);
const sites = [await serve(), await serveFiles()];
let passed = 0;
let failed = 0;

async function run(view, name, test) {
  const start = performance.now();
  let error;
  await test(view).catch((cause) => (error = cause));
  // What goes wrong unseen counts against the case in which it did.
  const wrongs = await view.wrongs().catch(() => []);
  if (!error && wrongs.length) error = new assert.AssertionError({ message: wrongs.join("\n") });
  const where = view.site.emulated ? `${browser}, emulated` : browser;
  console.log(`${error ? "not ok" : "ok"} - ${where}: ${name} (${Math.round(performance.now() - start)} ms)`);
  if (!error) {
    passed++;
    return;
  }
  failed++;
  console.log(`${error.stack}`.replace(/^/gm, "    "));
  await view.picture(`failed-${failed}`).catch(() => {});
}

try {
  // The one with the server is last: its last case ends the server.
  for (const site of sites.toReversed()) {
    const view = new View(page, browser, site);
    view.echo = sites[0].ws;
    for (const [name, test] of Object.entries(casesOf(site))) await run(view, name, test);
  }
} finally {
  await page.close();
  for (const site of sites) await site.stop();
}
console.log(`# pass ${passed}\n# fail ${failed}`);
process.exitCode = failed ? 1 : 0;
