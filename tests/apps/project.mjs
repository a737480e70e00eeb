// A project for each page of the guide: the page's files, and ours that mount them.

import assert from "node:assert/strict";
import { copyFile, cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, createServer } from "vite";
import { root, written } from "../docs/documents.mjs";
import { installed } from "../packaging/lib/package.mjs";
import { run } from "../packaging/lib/run.mjs";
import { serve } from "../packaging/lib/serve.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const work = join(root, "target/apps");
const modules = join(here, "node_modules");

await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
// A junction needs no privileges on Windows.
await symlink(modules, join(work, "node_modules"), "junction");
await rm(join(modules, "steady-websocket"), { recursive: true, force: true });
await cp(installed, join(modules, "steady-websocket"), { recursive: true });

/** The files of apps in the documents. */
export const files = written("ts", "tsx", "vue", "svelte", "rust").filter(({ path }) => path);

/** The TypeScript options of Vite's templates, and `strict`. */
const compilerOptions = {
  strict: true,
  target: "es2023",
  lib: ["es2023", "dom"],
  module: "esnext",
  types: ["vite/client"],
  skipLibCheck: true,
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  moduleDetection: "force",
  noEmit: true,
  jsx: "react-jsx",
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  noFallthroughCasesInSwitch: true,
};

/** Writes the files of a page, and ours; `address` replaces that of the example. */
async function write(name, address) {
  const folder = join(work, name);
  const src = join(folder, "src");
  await rm(src, { recursive: true, force: true });
  await cp(join(here, name), src, { recursive: true });
  for (const { path, code } of files.filter(({ file }) => file === `docs/${name}.md`)) {
    const local = code.replaceAll("wss://example.com/chat?", address);
    assert.doesNotMatch(local, /wss:/, path);
    await writeFile(join(folder, path), local);
  }
}

export class ViteProject {
  #folder;
  #plugins;
  #checker;

  /** `plugins` are those of the framework's template, `checker` is its program for types, with arguments. */
  constructor(name, plugins, ...checker) {
    this.name = name;
    this.#folder = join(work, name);
    this.#plugins = plugins;
    this.#checker = checker;
  }

  async write(address) {
    await write(this.name, address);
    await copyFile(join(here, "page.html"), join(this.#folder, "index.html"));
    await writeFile(join(this.#folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  }

  check() {
    const [program, ...args] = this.#checker;
    return run(process.execPath, [join(modules, program), ...args], { cwd: this.#folder });
  }

  #config() {
    // Vite sets it for the first command, and leaves it to the second.
    delete process.env.NODE_ENV;
    return { root: this.#folder, configFile: false, logLevel: "error", plugins: this.#plugins(), cacheDir: "cache" };
  }

  /** The ways to run it; each returns where it is. */
  ways = { develop: (t) => this.#develop(t), build: () => this.#build() };

  async #build() {
    const outDir = join(this.#folder, "dist");
    await build({ ...this.#config(), build: { outDir } });
    return serve(outDir);
  }

  async #develop(t) {
    const server = await createServer({ ...this.#config(), server: { host: "127.0.0.1", port: 0 } });
    await server.listen();
    t.after(() => server.close());
    return server.resolvedUrls.local[0];
  }
}

/** With the hooks of this checkout, and the other crates as in our lockfile. */
export class CargoProject {
  #folder;

  constructor(name) {
    this.name = name;
    this.#folder = join(work, name);
  }

  async write(address) {
    await write(this.name, address);
    const [{ code }] = written("toml").filter(({ file }) => file === `docs/${this.name}.md`);
    const manifest = `${code}js-sys = "0.3"
wasm-bindgen = "0.2"

[package]
name = "shown"
edition = "2024"

[[bin]]
name = "shown"
path = "src/main.rs"

[[bin]]
name = "test"
path = "src/test.rs"

[patch.crates-io]
steady-websocket-hooks = { path = ${JSON.stringify(join(root, "integrations/hooks"))} }

[workspace]

# Otherwise it looks for Dioxus's own development server.
[profile.dev]
debug = false
debug-assertions = false
`;
    await writeFile(join(this.#folder, "Cargo.toml"), manifest);
    await copyFile(join(here, this.name, "Cargo.lock"), join(this.#folder, "Cargo.lock"));
  }

  /** The target folder outlives `work`. */
  #cargo(...args) {
    const env = { ...process.env, STEADY_NPM: "0", CARGO_TARGET_DIR: join(root, "target/apps-rust") };
    return run("cargo", [...args, "--quiet", "--target", "wasm32-unknown-unknown"], { cwd: this.#folder, env });
  }

  check() {
    return this.#cargo("build");
  }

  ways = { build: () => this.#build() };

  async #build() {
    await this.#cargo("build");
    const out = join(this.#folder, "dist");
    const wasm = join(root, "target/apps-rust/wasm32-unknown-unknown/debug/test.wasm");
    await run("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-dir", out, wasm]);
    await writeFile(join(out, "start.js"), 'import init from "./test.js";\nawait init();\n');
    const page = await readFile(join(here, "page.html"), "utf8");
    await writeFile(join(out, "index.html"), page.replace('id="app"', 'id="main"').replace("/src/test.ts", "/start.js"));
    return serve(out);
  }
}
