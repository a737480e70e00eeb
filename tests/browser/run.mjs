// The tests of the JavaScript classes, in a real browser.
//
//   node tests/browser/run.mjs [chromium|firefox|webkit] [--pkg DIR] [--only REGEX] [--scope window|worker]
//
// Each conformance case runs with the native class and with ours, and both must behave the same.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "./files.mjs";
import { follow } from "./follow.mjs";
import { testServer } from "./server.mjs";
import { Page } from "./webdriver.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pkg: { type: "string" }, only: { type: "string" }, scope: { type: "string", multiple: true } },
});
const [browser = "chromium"] = positionals;
const scopes = values.scope ?? ["window", "worker"];
/** The longest a whole scope may take. */
const LIMIT = 300_000;

async function scope(page, files, name, server) {
  const query = new URLSearchParams({ server, scope: name, only: values.only ?? "", browser });
  await page.go(`${files.address}/index.html?${query}`);
  return follow(page, `${browser} ${name}:`, LIMIT);
}

const server = await testServer();
const files = await serve([
  ["/pkg/", values.pkg ?? local("../../pkg/")],
  ["/stories/", local("../stories/")],
  ["/network/", local("../network/")],
  ["/", local("page/")],
]);
const sum = { pass: 0, fail: 0 };
const flags = ["--js-flags=--expose-gc"];
try {
  const page = await Page.open(browser, flags);
  try {
    for (const name of scopes) {
      const counts = await scope(page, files, name, server.line);
      sum.pass += counts.pass;
      sum.fail += counts.fail;
    }
  } finally {
    await page.close();
  }
} finally {
  files.close();
  server.stop();
}
console.log(`# pass ${sum.pass}\n# fail ${sum.fail}`);
process.exitCode = sum.fail || !sum.pass ? 1 : 0;
