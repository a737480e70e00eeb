// The server of `steady_session`, compiled to wasm. `xtask/src/build/` generates `#server-glue` and `#server-wasm`.

import { Head, Kind, Opening, Server, agreed, choose, hello, initSync, refused } from "#server-glue";
import { frequent, text } from "#server-wasm";
import { decode } from "../../src/js/package/decode.js";
import { explain } from "../../src/js/package/explain.js";

try {
  initSync({ module: decode(text, frequent) });
} catch (cause) {
  throw explain(cause);
}

export { Head, Kind, Opening, Server, agreed, choose, hello, refused };
