// The fault server with the demo page, as `cargo xtask demo` serves it, and one script more that watches the page.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Screenshots are kept here. */
export const out = local("../../target/demo/");
/** The page's folder, watched. */
export const folder = `${out}page/`;
export const pkg = local("../../pkg/");

export async function serve() {
  cpSync(local("../../www/"), folder, { recursive: true });
  const page = readFileSync(`${folder}index.html`, "utf8");
  writeFileSync(`${folder}index.html`, page.replace("<head>", '<head><script src="watch.js"></script>'));
  copyFileSync(local("watch.js"), `${folder}watch.js`);
  // A page at phone width, whatever a browser thinks of narrow windows.
  const frame = '<!doctype html><title>phone</title><iframe src="." width="360" height="1500"></iframe>';
  writeFileSync(`${folder}phone.html`, frame);
  const program = process.env.STEADY_TEST_SERVER_BIN ?? local("../../target/debug/steady-test-server");
  const flags = ["--with-parent", "--www", folder, "--mount", `/pkg=${pkg}`];
  const child = spawn(program, flags, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  const gone = once(child, "exit");
  const stop = () => {
    child.stdin.end();
    return gone;
  };
  return { ...JSON.parse(line), stop };
}
