// Every block of code is compiled, run or parsed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { blocks, root, written } from "./documents.mjs";

const source = (path) => readFile(join(root, path), "utf8");

/** The script that builds the files of an app, in any language. */
const IN_APPS = "tests/apps/project.mjs";
/** Which test takes the blocks of a language. */
const TAKEN = {
  js: "tests/packaging/groups/docs.mjs",
  ts: "tests/packaging/groups/docs.mjs",
  mjs: "tests/packaging/groups/docs.mjs",
  tsx: IN_APPS,
  vue: IN_APPS,
  svelte: IN_APPS,
  http: "tests/packaging/groups/pages.mjs",
  sh: "tests/docs/commands.test.mjs",
  toml: "tests/docs/manifests.test.mjs",
};
/** Which runs those that a comment gives to a test framework. */
const IN_FRAMEWORK = "tests/frameworks/all.test.mjs";
/** Those of Rust and JSON, the grammar and the drawings have a test each below. */
const BELOW = ["rust", "rust,no_run", "rust,ignore", "json", "text", "abnf"];

test("every block has a language that a test takes", async () => {
  assert.ok(blocks.length > 60, `${blocks.length} blocks`);
  const unknown = blocks.filter(({ language }) => !(language in TAKEN) && !BELOW.includes(language));
  assert.deepEqual(unknown.map(({ file, line, language }) => `${file}:${line}: \`\`\`${language}`), []);
  for (const [language, path] of Object.entries(TAKEN)) {
    assert.match(await source(path), new RegExp(`written\\(.*"${language}"`), path);
  }
  const { comments } = blocks.find(({ comments }) => comments.includes("runs in")) ?? assert.fail("none runs in a framework");
  for (const path of [TAKEN.ts, IN_FRAMEWORK]) assert.ok((await source(path)).includes(comments), path);
});

/** Sources whose doc comments include a document, for rustdoc to compile: its `no_run` stands in the document. */
const INCLUDED = ["docs/guide.rs", "src/lib.rs", "integrations/yew/src/lib.rs", "integrations/leptos/src/lib.rs"];
/** Crates whose own page is their README.md. */
const PAGES = ["server", "session"];

test("Rust is in an app, or in a document that rustdoc compiles", async () => {
  assert.match(await source(IN_APPS), /written\(.*"rust"/);
  const sources = (await Promise.all(INCLUDED.map(source))).join("\n");
  for (const crate of PAGES) assert.match(await source(`${crate}/src/lib.rs`), /include_str!\("\.\.\/README\.md"\)/, crate);
  for (const { file, line } of written("rust", "rust,no_run").filter(({ path }) => !path)) {
    if (PAGES.includes(file.replace(/\/README\.md$/, ""))) continue;
    assert.match(file, /^docs\//, `${file}:${line}`);
    assert.match(sources, new RegExp(`"(\\S+/)?${basename(file)}"`), `${file}:${line} is included nowhere`);
  }
});

test("Rust that is not compiled where it stands is an example, or in a crate's own page, named above it", async () => {
  for (const { file, line, above, code } of written("rust,ignore")) {
    const [, crate] = above.match(/^<!-- from (\S+\.rs) -->$/) ?? assert.fail(`${file}:${line}: from where?`);
    if (crate.includes("/examples/")) {
      // All of it but its own description.
      assert.equal((await source(crate)).replace(/^(\/\/!.*\n)+\n/, ""), code, `${file}:${line}: ${crate} is another`);
      continue;
    }
    const page = [...(await source(crate)).matchAll(/^\/\/! ?(.*\n)/gm)].map(([, text]) => text);
    // Lines that rustdoc hides are not in the document.
    const visible = page.filter((text) => !text.startsWith("# ")).join("");
    assert.ok(visible.includes(code), `${file}:${line}: ${crate} has no such example`);
  }
});

test("JSON is the fault server's: tests/server/tests/it/readme.rs compares", () => {
  for (const { file, line } of written("json")) assert.equal(file, "tests/server/README.md", `${file}:${line}`);
});

test("the grammar of frames is the session protocol's: session/src/tests/grammar.rs reads it", () => {
  assert.deepEqual(written("abnf").map(({ file }) => file), ["session/PROTOCOL.md"]);
});

test("what nobody reads is a drawing: the grammar of events and the layers", () => {
  assert.deepEqual(written("text").map(({ file }) => file), ["DESIGN.md", "DESIGN.md"]);
});
