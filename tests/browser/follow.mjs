// The results of a page's cases, as lines that `cargo xtask test` counts.

import { setTimeout as pause } from "node:timers/promises";

/** Prints what the page puts into `window.results`, until its `window.done`. Answers how many passed and failed. */
export async function follow(page, label, limit) {
  const end = Date.now() + limit;
  const counts = { pass: 0, fail: 0 };
  let shown = 0;
  for (;;) {
    const { results, done } = await page.run("return { results: window.results.slice(arguments[0]), done: window.done }", shown);
    shown += results.length;
    for (const { test, error, ms } of results) {
      counts[error ? "fail" : "pass"]++;
      console.log(`${error ? "not ok" : "ok"} - ${label} ${test} (${Math.round(ms)} ms)`);
      if (error) console.log(error.replace(/^/gm, "    "));
    }
    if (done) return counts;
    if (Date.now() > end) {
      console.log(`not ok - ${label} still running after ${limit / 1000} s`);
      counts.fail++;
      return counts;
    }
    await pause(100);
  }
}
