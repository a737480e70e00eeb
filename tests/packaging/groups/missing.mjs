// Engines that cannot compile the wasm: the error says so in one sentence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../lib/browser.mjs";
import { consumer } from "../lib/package.mjs";
import { programs } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";
import { serve } from "../lib/serve.mjs";

const PACKAGE = "/node_modules/steady-websocket";
const without = "delete globalThis.WebAssembly";
const lacking = `WebAssembly.Module = function () {
  throw new WebAssembly.CompileError("invalid opcode 0xfc 0x0a");
}`;
/** Some versions of Chromium say so of a fetch that `connect-src` forbids. */
const forbidden = "Failed to fetch. Refused to connect because it violates the document's Content Security Policy.";
const page = (script) => ({ body: `<!doctype html><script>${script}</script>` });
const pages = {
  "/whole": page(""),
  "/without": page(without),
  "/lacking": page(lacking),
  "/offline": page(`fetch = () => Promise.reject(new TypeError(${JSON.stringify(forbidden)}))`),
};
const address = await serve(consumer, pages);

/** What a page throws that loads a file and calls its `init` with a text in place of wasm, or with what `source` names. */
async function refusal(t, path, file, source) {
  const { page, close } = await open(address + path);
  t.after(close);
  return page.evaluate(
    async ([file, source]) => {
      try {
        const { init } = await import(file);
        await init?.(source ?? new TextEncoder().encode("<!doctype html>"));
      } catch (error) {
        return [error.message, String(error.cause)];
      }
    },
    [`${PACKAGE}/${file}.js`, source],
  );
}

const sentence = (cause) => [`steady-websocket: its WebAssembly cannot be compiled here (${cause}).`, cause];
const nowhere = sentence("ReferenceError: WebAssembly is not defined");
const older = sentence("CompileError: invalid opcode 0xfc 0x0a");

for (const file of ["index", "async", "global", "trace", "network", "session"]) {
  test(`${file}.js in a page without WebAssembly names it`, async (t) => {
    assert.deepEqual(await refusal(t, "/without", file), nowhere);
  });
}

for (const file of ["index", "global", "trace", "network", "session"]) {
  test(`${file}.js in a page whose WebAssembly lacks an instruction names it`, async (t) => {
    assert.deepEqual(await refusal(t, "/lacking", file), older);
  });
}

for (const [what, before, expected] of [["without WebAssembly", without, nowhere], ["that lacks an instruction", lacking, older]]) {
  test(`the server's entry in a Node ${what} names it`, async () => {
    const source = `${before};
      const error = await import("steady-websocket/server").catch((error) => error);
      console.log(JSON.stringify([error.message, String(error.cause)]));`;
    const told = await run(programs.node(), ["--input-type=module", "--eval", source], { cwd: consumer });
    assert.deepEqual(JSON.parse(told), expected);
  });
}

test("init with something else than wasm says what it is", async (t) => {
  const [message, cause] = await refusal(t, "/whole", "async");
  assert.match(cause, /^CompileError: .*magic word/);
  assert.deepEqual([message, cause], sentence(cause));
});

test("init reports a download that the page's policy forbids as it is", async (t) => {
  const told = await refusal(t, "/offline", "async", `${PACKAGE}/steady_websocket_bg.wasm`);
  assert.deepEqual(told, [forbidden, "undefined"]);
});
