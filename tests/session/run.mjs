// Runs the session tests with a Node that has `WebSocket`, installed by `tests/packaging`.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { programs } from "../packaging/lib/places.mjs";

const files = ["node.test.mjs", "server.test.mjs", "security.test.mjs", "random.test.mjs", "nodes.test.mjs", "page.test.mjs"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
process.exitCode = spawnSync(programs.node(), ["--test", ...files], { stdio: "inherit" }).status ?? 1;
