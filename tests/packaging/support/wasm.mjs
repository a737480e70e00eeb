// The wasm inside an entry, and whether it uses more than some of WebAssembly's proposals.

import { writeFile } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import { consumer } from "../lib/package.mjs";
import { programs } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";

/** Proposals by wasm-opt's names, with their keys in MDN's data. Mutable globals have none: Safari 12 had them. */
export const PROPOSALS = {
  "bulk-memory": "webassembly.bulk-memory-operations",
  multivalue: "webassembly.multi-value",
  "mutable-globals": undefined,
  "nontrapping-float-to-int": "webassembly.non-trapping-float-to-int-conversions",
  "reference-types": "webassembly.reference-types",
  "sign-ext": "webassembly.sign-extension-operations",
};

/** Returns the modules that an entry compiles, as bytes, without the empty one that shows whether it may. */
export async function modules(entry) {
  const source = `const { Module } = WebAssembly;
    const found = [];
    WebAssembly.Module = function (bytes) {
      if (bytes.length > 8) found.push(Buffer.from(bytes).toString("base64"));
      return new Module(bytes);
    };
    WebAssembly.Module.prototype = Module.prototype;
    const { SteadyWebSocket } = await import(${JSON.stringify(entry)});
    // The main module is compiled with the first socket. This one never gets an address.
    if (SteadyWebSocket) new SteadyWebSocket(() => new Promise(() => {})).terminate();
    console.log(JSON.stringify(found));`;
  const told = await run(programs.node(), ["--input-type=module", "--eval", source], { cwd: consumer });
  return JSON.parse(told).map((text) => Buffer.from(text, "base64"));
}

/** Returns a module without its custom sections: one of them lists features, used or not, and wasm-opt would enable those. */
export function bare(wasm) {
  const parts = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    let [size, shift, start] = [0, 0, at + 1];
    do size += (wasm[start] & 0x7f) << shift;
    while (((shift += 7), wasm[start++] & 0x80));
    if (wasm[at] !== 0) parts.push(wasm.subarray(at, start + size));
    at = start + size;
  }
  return Buffer.concat(parts);
}

/** Returns what wasm-opt says against a module if these proposals are all that an engine has, or undefined. */
export async function beyond(wasm, proposals) {
  const file = join(consumer, "checked.wasm");
  await writeFile(file, bare(wasm));
  const enabled = proposals.map((name) => `--enable-${name}`);
  return run("wasm-opt", ["--mvp-features", ...enabled, file, "-o", devNull]).then(
    () => undefined,
    (error) => error.message,
  );
}
