// The demo page with and without the fault server, and one script more that watches the page.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { serve as serveFolders } from "../browser/files.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Screenshots are kept here. */
export const out = local("../../target/demo/");
/** The page's folder, watched. */
const folder = `${out}page/`;
const pkg = local("../../pkg/");
const vendor = local("../../www/node_modules/reconnecting-websocket/dist/");

/** Copies a page, and adds what watches it. */
function watched(from, to) {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, filter: (path) => !path.includes("node_modules") });
  const page = readFileSync(`${to}index.html`, "utf8");
  writeFileSync(`${to}index.html`, page.replace("<head>", '<head><script src="watch.js"></script>'));
  copyFileSync(local("watch.js"), `${to}watch.js`);
  // A page at phone width, whatever a browser thinks of narrow windows.
  const frame = '<!doctype html><title>phone</title><iframe src="." width="360" height="1500"></iframe>';
  writeFileSync(`${to}phone.html`, frame);
}

/** The page as `cargo xtask demo` serves it. */
export async function serve() {
  watched(local("../../www/"), folder);
  const program = process.env.STEADY_TEST_SERVER_BIN ?? local("../../target/debug/steady-test-server");
  const flags = ["--with-parent", "--www", folder, "--mount", `/pkg=${pkg}`, "--mount", `/vendor=${vendor}`];
  const child = spawn(program, flags, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  const gone = once(child, "exit");
  const stop = () => {
    child.stdin.end();
    return gone;
  };
  return { ...JSON.parse(line), stop };
}

/** The page as `cargo xtask site` builds it, from a subfolder of a server that knows files only. */
export async function serveFiles() {
  const copy = `${out}files/`;
  watched(local("../../target/site/"), copy);
  const files = await serveFolders([["/a/sub folder/", copy], ["/incomplete/pkg/", `${out}nothing/`], ["/incomplete/", copy]]);
  const stop = files.close;
  return { emulated: true, http: `${files.address}/a/sub%20folder`, incomplete: `${files.address}/incomplete/`, stop };
}
