// Load tests in Chromium: `cargo xtask faults --load`, and in short `cargo xtask test --only faults`.
//
//   node tests/faults/load.mjs chromium [--whole] [--only REGEX] [--pkg DIR] [--app DIR]

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { Page } from "../browser/webdriver.mjs";
import { start } from "./servers.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    whole: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    pkg: { type: "string", default: local("../../pkg") },
    app: { type: "string", default: local("../../target/faults/app") },
  },
});
const LIMIT = values.whole ? 3_600_000 : 600_000;
const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);

const counts = { pass: 0, fail: 0 };
function report({ test, error, took, before, after }) {
  counts[error ? "fail" : "pass"]++;
  console.log(`${error ? "not ok" : "ok"} - ${values.whole ? "load" : "load, in short"}: ${test}`);
  if (error) return console.log(error.replace(/^/gm, "    "));
  const memory = ["page", "wasm"].map((what) => `${what} ${mib(before[what])} → ${mib(after[what])} MiB`);
  console.log(`    ${(took / 1000).toFixed(1)} s, ${memory.join(", ")}`);
}

const servers = await start(1, values, ["--isolate"]);
try {
  const page = await Page.open("chromium", ["--js-flags=--expose-gc", "--enable-blink-features=ForceEagerMeasureMemory"]);
  try {
    const { whole, only } = values;
    const query = new URLSearchParams({ server: JSON.stringify(servers.addresses[0]), whole, only });
    await page.go(`${servers.pages}/load.html?${query}`);
    for (const end = Date.now() + LIMIT; ; await pause(200)) {
      const { fresh, done } = await page.run("return { fresh: window.results.splice(0), done: window.done }");
      fresh.forEach(report);
      if (done && !fresh.length) break;
      if (Date.now() > end) {
        report({ test: "all", error: `still running after ${LIMIT / 1000} s` });
        break;
      }
    }
  } finally {
    await page.close();
  }
} finally {
  servers.stop();
}
console.log(`# pass ${counts.pass}\n# fail ${counts.fail}`);
process.exitCode = counts.fail || !counts.pass ? 1 : 0;
