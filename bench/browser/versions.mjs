// Who was measured: from the lockfiles.

import { readFileSync } from "node:fs";

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
