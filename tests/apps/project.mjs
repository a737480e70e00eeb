// A project of Vite for a page of the guide: the page's files, and ours that mounts them.

import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
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
export const files = written("ts", "tsx", "vue", "svelte").filter(({ path }) => path);

/** What Vite's templates set for TypeScript, and `strict`. */
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

export class Project {
  #folder;
  #plugins;

  /** `plugins` are those of the framework's template. */
  constructor(name, plugins) {
    this.name = name;
    this.document = `docs/${name}.md`;
    this.#folder = join(work, name);
    this.#plugins = plugins;
  }

  /** Writes the files; `address` replaces that of the example. */
  async write(address) {
    const src = join(this.#folder, "src");
    await rm(src, { recursive: true, force: true });
    await cp(join(here, this.name), src, { recursive: true });
    await cp(join(here, "page.html"), join(this.#folder, "index.html"));
    for (const { path, code } of files.filter(({ file }) => file === this.document)) {
      await writeFile(join(this.#folder, path), code.replaceAll("wss://example.com/chat?", address));
    }
    await writeFile(join(this.#folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  }

  /** Checks the types, with the program and the arguments of the template. */
  check(program, ...args) {
    return run(process.execPath, [join(modules, program), ...args], { cwd: this.#folder });
  }

  #config() {
    // Vite sets it for the first command, and leaves it to the second.
    delete process.env.NODE_ENV;
    return { root: this.#folder, configFile: false, logLevel: "error", plugins: this.#plugins(), cacheDir: "cache" };
  }

  /** Where the production build is. */
  async build() {
    const outDir = join(this.#folder, "dist");
    await build({ ...this.#config(), build: { outDir } });
    return serve(outDir);
  }

  /** Where the development server is. */
  async develop(t) {
    const server = await createServer({ ...this.#config(), server: { host: "127.0.0.1", port: 0 } });
    await server.listen();
    t.after(() => server.close());
    return server.resolvedUrls.local[0];
  }
}
