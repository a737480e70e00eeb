// The bytes that a page downloads.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const PACKERS = {
  gzip: (bytes) => gzipSync(bytes, { level: 9 }).length,
  brotli: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
};

const PAGE = "what a page downloads";
const OF_THAT = "of that the wasm";
const APP = "wasm over an app without a socket";
/** What --only finds them by. */
export const SIZES = Object.keys(PACKERS).flatMap((packer) => [PAGE, OF_THAT, APP].map((what) => `${what}, ${packer}`));

/** The package has it as text, too, in its one file of JavaScript. */
const WASM = new URL("../../pkg/steady_websocket_bg.wasm", import.meta.url);

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
    const wasm = () => pack(readFileSync(WASM));
    for (const { group, name, role } of contenders.filter((one) => one.role !== "copy")) {
      if (group === "js" && role !== "limit") add(PAGE, name, () => of("sizes", `${name}.js`));
      if (group === "js" && role === "ours") add(OF_THAT, name, wasm);
      if (group === "rust") {
        const app = (which) => of("rust", which, "size_bg.wasm");
        add(APP, name, () => app(name) - app("none"));
      }
    }
  }
  return found;
}
