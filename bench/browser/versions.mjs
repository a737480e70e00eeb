// The measured versions: from the lockfiles, and from what was built.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

export function versions() {
  const found = { node: process.versions.node };
  const { packages } = JSON.parse(read("../js/package-lock.json"));
  const { devDependencies } = packages[""];
  for (const name of Object.keys(devDependencies)) found[name] = packages[`node_modules/${name}`].version;
  const lock = read("../rust/Cargo.lock");
  for (const name of ["web-sys", "gloo-net", "ws_stream_wasm", "tokio-tungstenite-wasm", "websocket-web"]) {
    found[name] = lock.match(new RegExp(`name = "${name}"\nversion = "(.+)"`))?.[1] ?? "?";
  }
  return found;
}

/** What each group is measured of, and by: another text if it has changed. Of a group that was not built there are no files. */
export function fingerprints({ built, session }) {
  const files = (folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath ?? file.path, file.name))
      .sort();
  const print = (paths) => {
    const hash = createHash("sha256");
    for (const path of paths) hash.update(path).update(readFileSync(path));
    return hash.digest("hex");
  };
  const cases = files(fileURLToPath(new URL("page", import.meta.url)));
  const rust = files(join(built, "rust"));
  const isCore = (path) => path.startsWith(join(built, "rust/core/"));
  return {
    js: print([...files(join(built, "contenders")), ...cases]),
    rust: print([...rust.filter((path) => !isCore(path)), ...cases]),
    core: print(rust.filter(isCore)),
    session: print([...files(join(built, "session")), ...cases, ...[session].filter(Boolean)]),
    network: print([fileURLToPath(new URL("../../pkg/network.js", import.meta.url))].filter(existsSync)),
  };
}
