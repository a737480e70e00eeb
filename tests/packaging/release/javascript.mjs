// The README's JavaScript, in Vite and a page.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "vite";
import { open } from "../lib/browser.mjs";
import { echo } from "../lib/echo.mjs";
import { consumer } from "../lib/package.mjs";
import { serve } from "../lib/serve.mjs";
import { examples } from "./example.mjs";

test("README: JavaScript, in Vite and Chromium", async (t) => {
  const project = join(consumer, "vite");
  await mkdir(project);
  const [code] = examples("README.md", "js", echo);
  const collect = "globalThis.lines = [];\nconsole.log = (...words) => lines.push(words.join(' '));\n";
  await writeFile(join(project, "collect.js"), collect);
  await writeFile(join(project, "main.js"), `import "./collect.js";\n${code}`);
  await writeFile(join(project, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>\n');
  await build({ root: project, logLevel: "error", configFile: false });
  const { page, errors, close } = await open(`${await serve(join(project, "dist"))}/`);
  t.after(close);
  await page.waitForFunction(() => lines.includes("queued until the socket is open"));
  assert.ok(await page.evaluate(() => lines.includes("open, for the first time or again")));
  assert.deepEqual(errors, []);
});
