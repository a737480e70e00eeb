// Every link has a target.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import { documents, root } from "./documents.mjs";

/** The names of a document's headings in an address, as GitHub makes them. */
function anchors({ prose }) {
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.trim().toLowerCase());
  return headings.map((heading) => heading.replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
}

test("every link leads somewhere", () => {
  const wrong = [];
  let seen = 0;
  for (const { file, prose } of documents) {
    for (const [, target] of prose.matchAll(/\]\(([^)]*)\)/g)) {
      if (target.startsWith("http")) continue;
      seen++;
      const [path, place] = target.split("#");
      const to = path ? posix.join(posix.dirname(file), path) : file;
      const there = documents.find((one) => one.file === to);
      if (!existsSync(root + to) || (place && !(there && anchors(there).includes(place)))) wrong.push(`${file}: ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(seen > 100, `${seen} links`);
});

test("each row of the standard's checklist says where to look", () => {
  const { prose } = documents.find(({ file }) => file === "docs/standard.md");
  // The first row of a table is its head: the line below it is a rule.
  const rows = [...prose.matchAll(/^\| (?!---).*$(?!\n\| ---)/gm)].map(([row]) => row);
  assert.deepEqual(rows.filter((row) => !row.includes("](../")), []);
  assert.ok(rows.length > 40, `${rows.length} rows`);
});
