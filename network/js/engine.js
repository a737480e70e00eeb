// The engine: `steady_network`, compiled to wasm. `#network-glue` and `#network-wasm` are made by xtask/src/build/.

import { Engine, initSync } from "#network-glue";
import { frequent, text } from "#network-wasm";
import { decode } from "../../src/js/package/decode.js";
import { explain } from "../../src/js/package/explain.js";

try {
  initSync({ module: decode(text, frequent) });
} catch (cause) {
  throw explain(cause);
}

export { Engine };
