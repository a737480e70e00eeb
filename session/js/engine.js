// The client of `steady_session`, compiled to wasm. `xtask/src/build/` generates `#session-glue` and `#session-wasm`.

import { Client, Kind, agreed, initSync, offer } from "#session-glue";
import { frequent, text } from "#session-wasm";
import { decode } from "../../src/js/package/decode.js";
import { explain } from "../../src/js/package/explain.js";

try {
  initSync({ module: decode(text, frequent) });
} catch (cause) {
  throw explain(cause);
}

export { Client, Kind, agreed, offer };
