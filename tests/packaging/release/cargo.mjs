// Projects of Rust that depend on the packed crates by their version.

import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { release, root, work } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";

const crates = join(release, "crates");
const folders = await readdir(crates);
export const version = /^version = "(.+)"$/m.exec(await readFile(join(root, "Cargo.toml"), "utf8"))[1];

/** Where a packed crate was unpacked. */
export const unpacked = (name) => join(crates, `${name}-${version}`);

// Until the crates are on crates.io, cargo finds them here. Nothing else of the workspace can be seen.
const patches = folders.map((folder) => {
  const name = folder.slice(0, -version.length - 1);
  return `${name} = { path = ${JSON.stringify(join(crates, folder))} }\n`;
});

/** Only the outputs are kept inside the checkout, so that a second rehearsal does not compile the world again. */
export const target = join(root, "target/rehearsal");

/** Makes a project with one source file, and returns its folder. */
export async function project(name, { dependencies, library, source }) {
  const folder = join(work, name);
  await mkdir(join(folder, "src"), { recursive: true });
  const lib = library ? '[lib]\ncrate-type = ["cdylib"]\n' : "";
  const manifest = `[package]\nname = "fresh-${name}"\nedition = "2024"\n${lib}[dependencies]\n${dependencies}
[patch.crates-io]\n${patches.join("")}[workspace]\n`;
  await writeFile(join(folder, "Cargo.toml"), manifest);
  await writeFile(join(folder, "src", library ? "lib.rs" : "main.rs"), source);
  // The versions that the workspace is tested with.
  await copyFile(join(root, "Cargo.lock"), join(folder, "Cargo.lock"));
  return folder;
}

/** Runs cargo in a project. */
export function cargo(folder, ...args) {
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  delete env.STEADY_NPM;
  return run("cargo", args, { cwd: folder, env });
}
