// Independent software with each class, in a real browser.
//
//   node tests/peers/run.mjs clients|proxy|interop [--browser chromium|firefox] [--peer NAME] [--class NAME]
//       [--only REGEX] [--pkg DIR]

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "../browser/files.mjs";
import { follow } from "../browser/follow.mjs";
import { Page } from "../browser/webdriver.mjs";
import { freePort } from "./lib/program.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const string = { type: "string" };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    browser: { ...string, default: "chromium" },
    pkg: { ...string, default: local("../../pkg/") },
    peer: string,
    class: string,
    only: { ...string, default: "" },
  },
});
const [suite] = positionals;
/** The longest one client may take with one class. */
const LIMIT = 300_000;

const { peers, stop = () => {} } = await import(`./${suite}/peers.mjs`);
const built = local("../../target/peers");
const pages = new Set(Object.entries(peers).map(([name, { cases = name }]) => `./${suite}/${cases}.page.js`));
execFileSync(
  "esbuild",
  [...pages, "--bundle", "--format=esm", "--log-level=warning", `--outdir=${built}`],
  { cwd: local("."), stdio: "inherit" },
);

let program;
const files = await serve(
  [
    ["/pkg/", values.pkg],
    ["/built/", `${built}/`],
    ["/", local("page/")],
  ],
  {},
  async (path, body) => {
    const verb = path.slice(1);
    return ["kill", "start", "signal"].includes(verb) ? program[verb](body) : program.ask(verb, body);
  },
);

const sum = { pass: 0, fail: 0 };
const page = await Page.open(values.browser);
try {
  for (const [name, peer] of Object.entries(peers).filter(([name]) => !values.peer || values.peer === name)) {
    const { cases = name, classes = ["native", "strict", "steady"], global, about = {} } = peer;
    program = peer.server(await freePort());
    try {
      await program.start();
      for (const kind of classes.filter((kind) => !values.class || values.class === kind)) {
        const query = new URLSearchParams({ cases: `${cases}.page`, class: kind, only: values.only, about: JSON.stringify(about) });
        query.set("url", `ws://127.0.0.1:${program.port}`);
        if (global) query.set("global", "");
        await page.go(`${files.address}/index.html?${query}`);
        const counts = await follow(page, `${values.browser}: ${name}, ${kind}:`, LIMIT);
        sum.pass += counts.pass;
        sum.fail += counts.fail;
      }
    } finally {
      await program.kill({ name: "SIGTERM" });
    }
  }
} finally {
  await page.close();
  files.close();
  stop();
}
console.log(`# pass ${sum.pass}\n# fail ${sum.fail}`);
// A server that cannot be ended must not block this process: at its exit all of them are ended again.
process.exit(sum.fail || !sum.pass ? 1 : 0);
