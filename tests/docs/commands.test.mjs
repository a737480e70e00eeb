// Every command in a document is accepted by its program.
//
// The program is started with an unknown flag after the others. It must reject that one: so it accepted all before
// it, and has done nothing yet.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { parseArgs, promisify } from "node:util";
import { documents, root, written } from "./documents.mjs";

const run = promisify(execFile);
/** Two, so that a flag without its value, which takes the first for it, is found out. */
const UNKNOWN = ["--no-such-flag", "--nor-such-flag"];
const COMPLAINT = /(has no argument|[Uu]nknown (option|argument)) [`']?--no-such-flag/;
/** What the reader puts there. */
const MEANT = { SUITE: "native", DIR: ".", REGEX: ".", FILE: "file", N: "1" };

async function takes(program, args) {
  // A long command that accepts unknown flags would begin its work.
  const options = { cwd: root, timeout: 60_000, killSignal: "SIGTERM" };
  const said = await run(program, [...args, ...UNKNOWN], options).then(
    ({ stdout }) => `it ended well: ${stdout}`,
    ({ stdout, stderr, killed }) => (killed ? "it went to work" : stdout + stderr),
  );
  assert.match(said, COMPLAINT);
}

const { stdout } = await run("cargo", ["metadata", "--no-deps", "--offline", "--format-version", "1"], { cwd: root });
const members = JSON.parse(stdout).packages.map(({ name }) => name);

const CARGO = {
  xtask: (args) => takes("cargo", ["xtask", ...args]),
  run: (args) => takes("cargo", ["run", "--quiet", ...args]),
  async test(args) {
    const options = { package: { type: "string", short: "p" } };
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    assert.ok(values.package === undefined || members.includes(values.package), values.package);
    for (const name of positionals) assert.ok(await nativeTest(name), `no test has ${name} in its name`);
  },
};

/** Whether a native test of the main package has this in its name. */
async function nativeTest(name) {
  for (const folder of ["src", "tests"]) {
    for (const file of await readdir(join(root, folder), { recursive: true })) {
      if (!file.endsWith(".rs") || file.includes("node_modules")) continue;
      const source = await readFile(join(root, folder, file), "utf8");
      if (new RegExp(`#\\[test\\]\\s+fn \\w*${name}`).test(source)) return true;
    }
  }
  return false;
}

const PROGRAMS = {
  cargo: ([verb, ...args]) => (CARGO[verb] ?? assert.fail(`cargo ${verb}: no test knows it`))(args),
  node: (args) => takes("node", args),
  // These are sent to a server: see below.
  curl: (args, file) => assert.equal(file, "docs/testing.md"),
  eval: ([code], file) => check(code.match(/^\$\((.*)\)$/)[1], file),
};

/** A line's words, as a shell takes them; brackets are around what may be left out. */
function wordsOf(line) {
  const words = [];
  for (const [, single, double, plain] of line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)) {
    if (plain?.startsWith("#")) break;
    const bare = plain?.replace(/[[\]]/g, "");
    words.push(single ?? double ?? MEANT[bare] ?? bare);
  }
  return words;
}

function check(line, file) {
  const [program, ...args] = wordsOf(line);
  return (PROGRAMS[program] ?? assert.fail(`${program}: no test knows it`))(args, file);
}

const lines = new Map();
for (const { file, code } of written("sh")) for (const line of code.trim().split("\n")) lines.set(line, file);
for (const { file, prose } of documents) {
  for (const [, code] of prose.matchAll(/`(cargo (?:xtask|run|test) [^`\n]+)`/g)) lines.set(code, file);
}

test("commands are found", () => assert.ok(lines.size > 30, `${lines.size} commands`));
for (const [line, file] of lines) test(`${file}: ${line}`, () => check(line, file));

test("docs/testing.md: the server starts like that, and its control port answers what is asked", async (t) => {
  const shown = written("sh").filter(({ file }) => file === "docs/testing.md");
  const [[program, ...args], ...asked] = shown.flatMap(({ code }) => code.trim().split("\n").map(wordsOf));
  const port = args.at(args.indexOf("--control-port") + 1);
  // The ports in the document may be in use; any other will do.
  const anywhere = args.map((word) => (/^\d+$/.test(word) ? "0" : word));
  const server = spawn(program, [...anywhere, "--with-parent"], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => server.stdin.end());
  const line = (await createInterface(server.stdout)[Symbol.asyncIterator]().next()).value;
  const { http } = JSON.parse(line);
  for (const [curl, ...words] of asked) {
    assert.equal(curl, "curl");
    const method = words[0] === "-X" ? words.splice(0, 2)[1] : "GET";
    const [url] = words;
    assert.ok(words.length === 1 && url.startsWith(`http://127.0.0.1:${port}/`), url);
    // The messages that the log waits for are never sent.
    const wanted = url.replace(`http://127.0.0.1:${port}`, http) + (method === "GET" ? "&timeout_ms=0" : "");
    const answer = await fetch(wanted, { method });
    assert.equal(answer.status, 200, `${url}: ${await answer.text()}`);
  }
  assert.ok(asked.length > 3);
});
