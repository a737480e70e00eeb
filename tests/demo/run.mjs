// The demo page in a real browser: every button, every plot, every count.
//
//   node tests/demo/run.mjs [chromium|firefox|webkit]
//
// Screenshots are left in target/demo.

import assert from "node:assert/strict";
import { Page } from "../browser/webdriver.mjs";
import { cases } from "./cases.mjs";
import { View } from "./view.mjs";
import { serve } from "./site.mjs";

const [browser = "chromium"] = process.argv.slice(2);
const site = await serve();
const page = await Page.open(browser);
const view = new View(page, browser, site);
let failed = 0;
try {
  for (const [name, run] of Object.entries(cases)) {
    const start = performance.now();
    let error;
    await run(view).catch((cause) => (error = cause));
    // What goes wrong unseen counts against the case in which it did.
    const wrongs = await view.wrongs().catch(() => []);
    if (!error && wrongs.length) error = new assert.AssertionError({ message: wrongs.join("\n") });
    console.log(`${error ? "not ok" : "ok"} - ${browser}: ${name} (${Math.round(performance.now() - start)} ms)`);
    if (!error) continue;
    failed++;
    console.log(`${error.stack}`.replace(/^/gm, "    "));
    await view.picture(`failed-${failed}`).catch(() => {});
  }
} finally {
  await page.close();
  await site.stop();
}
console.log(`# pass ${Object.keys(cases).length - failed}\n# fail ${failed}`);
process.exitCode = failed ? 1 : 0;
