// The server of `steady_session`, compiled to wasm. `xtask/src/build/` generates `#server-glue` and `#server-wasm`.

import { Head, Kind, Opening, Server, agreed, choose, hello, initSync, refused } from "#server-glue";
import { frequent, text } from "#server-wasm";
import { decode } from "../../src/js/package/decode.js";

initSync({ module: decode(text, frequent) });

export { Head, Kind, Opening, Server, agreed, choose, hello, refused };
