// The packed tarball is what gets tested, not the sources: cargo xtask test --only packaging

import "./groups/tarball.mjs";
import "./groups/bundlers.mjs";
