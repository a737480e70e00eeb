// Tests the packed tarball, not the sources: cargo xtask test --only packaging

import "./groups/tarball.mjs";
import "./groups/surface.mjs";
import "./groups/types.mjs";
import "./groups/docs.mjs";
import "./groups/runtimes.mjs";
import "./groups/missing.mjs";
import "./groups/support.mjs";
import "./groups/pages.mjs";
import "./groups/first-socket.mjs";
import "./groups/bundlers.mjs";
import "./groups/wasm-pack.mjs";
