// Runs the tests of sessions in the Node that has a WebSocket: `tests/packaging` brings it.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { programs } from "../packaging/lib/places.mjs";

const file = fileURLToPath(new URL("node.test.mjs", import.meta.url));
process.exitCode = spawnSync(programs.node(), ["--test", file], { stdio: "inherit" }).status ?? 1;
