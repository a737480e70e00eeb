// Every document, split into its fenced blocks and its prose.

import { readFile, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

const FOREIGN = ["node_modules", "target", "pkg"];

async function documentsIn(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".") || FOREIGN.includes(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await documentsIn(path)));
    else if (entry.name.endsWith(".md")) found.push(path);
  }
  return found;
}

/**
 * `code` of a language; `comments` are the HTML comments right below a block, `above` is the line before it. `path` is the
 * file of an app that the first line names: `// src/App.tsx` or `<!-- src/App.vue -->`.
 */
function split(file, text) {
  const found = [];
  const prose = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at].trimStart().startsWith("```")) {
      // Only one kind of block is looked for, so no other may be there.
      if (/^\s*~~~|<pre/.test(lines[at])) throw new Error(`${file}:${at + 1}: a block that is not fenced by three backticks`);
      prose.push(lines[at]);
      continue;
    }
    const end = lines.indexOf("```", at + 1);
    const [, language] = lines[at].match(/^```([a-z,_]*)$/) ?? [];
    if (end < 0 || language === undefined) throw new Error(`${file}:${at + 1}: a block begins with \`\`\`language and ends with \`\`\`, unindented`);
    let after = end + 1;
    while (lines[after]?.startsWith("<!-- ")) after++;
    const comments = lines.slice(end + 1, after).join("\n");
    const code = lines.slice(at + 1, end).join("\n") + "\n";
    const path = code.match(/^(?:\/\/|<!--) (src\/\S+)/)?.[1];
    found.push({ file, line: at + 1, language, code, comments, above: lines[at - 1], path });
    at = end;
  }
  return { blocks: found, prose: prose.join("\n") };
}

const paths = (await documentsIn(root)).map((path) => relative(root, path).split(sep).join("/")).sort();
/** Each `file` with its `prose` and its `blocks`. */
export const documents = await Promise.all(
  paths.map(async (file) => ({ file, ...split(file, await readFile(join(root, file), "utf8")) })),
);

export const blocks = documents.flatMap(({ blocks }) => blocks);

/** The blocks in one of these languages. The caller tests them. */
export const written = (...languages) => blocks.filter(({ language }) => languages.includes(language));
