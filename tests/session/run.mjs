// Runs the session tests with a Node that has `WebSocket`, installed by `tests/packaging`.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { programs } from "../packaging/lib/places.mjs";

const [browser, ...rest] = process.argv.slice(2);
if (rest.length || !["chromium", "firefox", "webkit", undefined].includes(browser)) {
  console.error("usage: node tests/session/run.mjs [chromium|firefox|webkit]");
  process.exit(2);
}
const names = browser ? ["page"] : ["node", "server", "security", "random", "nodes", "runtimes"];
const files = names.map((name) => fileURLToPath(new URL(`${name}.test.mjs`, import.meta.url)));
const env = { ...process.env, STEADY_BROWSER: browser ?? "" };
process.exitCode = spawnSync(programs.node(), ["--test", ...files], { stdio: "inherit", env }).status ?? 1;
