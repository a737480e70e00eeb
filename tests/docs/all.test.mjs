// What the documents say, held to what is there: cargo xtask test --only docs

import "./blocks.test.mjs";
import "./commands.test.mjs";
import "./manifests.test.mjs";
import "./links.test.mjs";
