// Bytes that a page downloads.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const PACKERS = {
  gzip: (bytes) => gzipSync(bytes, { level: 9 }).length,
  brotli: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
};

/** One value each: sizes do not vary. */
export function sizes({ built, contenders, wants }) {
  const found = [];
  for (const [packer, pack] of Object.entries(PACKERS)) {
    const add = (what, contender, value) => {
      const name = `${what}, ${packer}`;
      if (!wants("size", name)) return;
      found.push({ group: "size", case: name, contender, unit: "bytes", better: "lower", values: [value()] });
    };
    const of = (...path) => pack(readFileSync(join(built, ...path)));
    for (const { group, name, role } of contenders) {
      if (group === "js" && role !== "limit") add("what a page downloads", name, () => of("sizes", `${name}.js`));
      if (group === "rust" && existsSync(join(built, "rust"))) {
        const wasm = (app) => of("rust", app, "size_bg.wasm");
        add("wasm over an app without a socket", name, () => wasm(name) - wasm("none"));
      }
    }
  }
  return found;
}
