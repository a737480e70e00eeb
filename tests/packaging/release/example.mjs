// Examples of the documents, with the address of a server on this machine.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { written } from "../../docs/documents.mjs";
import { programs } from "../lib/places.mjs";

/** The blocks of a document in one language, in order. */
export function examples(file, language, address) {
  const found = written(language).filter((block) => block.file === file);
  assert.ok(found.length > 0, `${file} has no ${language}`);
  return found.map(({ code }) => code.replaceAll(/wss:\/\/example\.com\/[a-z]+/g, address));
}

/** Starts a program and calls `take` with every line that it prints, until `take` returns a value. Then `end` ends it. */
export async function start(program, args, options, take) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let text = "";
  child.stderr.on("data", (chunk) => (text += chunk));
  const failed = new Promise((_, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => reject(new Error(`${program} ended with ${code ?? signal}:\n${text}`)));
  });
  failed.catch(() => {});
  const found = new Promise((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      text += `${line}\n`;
      const value = take(line);
      if (value !== undefined) resolve(value);
    });
  });
  const end = () => child.kill();
  process.once("exit", end);
  try {
    return { value: await Promise.race([found, failed]), end };
  } catch (cause) {
    end();
    throw cause;
  }
}

/** Runs a script in Node 22 until it has printed these lines. */
export async function prints(file, cwd, wanted) {
  const missing = new Set(wanted);
  const { end } = await start(programs.node(), [file], { cwd }, (line) => {
    missing.delete(line);
    return missing.size === 0 || undefined;
  });
  end();
}
