// Checks the documents against the project: cargo xtask test --only docs

import "./blocks.test.mjs";
import "./commands.test.mjs";
import "./manifests.test.mjs";
import "./links.test.mjs";
