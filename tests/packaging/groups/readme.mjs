// The README's JavaScript does what it says.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { echo } from "../lib/echo.mjs";
import { consumer } from "../lib/package.mjs";
import { programs, root } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";

test("README: the example connects, and what was queued comes back", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [, example] = readme.match(/```js\n(.*?)```/s);
  const script = join(consumer, "readme.mjs");
  const end = 'socket.addEventListener("message", () => socket.close());\n';
  await writeFile(script, example.replace("wss://example.com/live", echo) + end);
  const told = await run(programs.node(), [script], { cwd: consumer });
  assert.equal(told, "open, for the first time or again\nqueued until it can leave\n");
});
