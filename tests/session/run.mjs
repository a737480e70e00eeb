// Runs the tests of sessions in the Node that has a WebSocket: `tests/packaging` brings it.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { programs } from "../packaging/lib/places.mjs";

const files = ["node.test.mjs", "server.test.mjs", "random.test.mjs", "nodes.test.mjs", "page.test.mjs"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
process.exitCode = spawnSync(programs.node(), ["--test", ...files], { stdio: "inherit" }).status ?? 1;
