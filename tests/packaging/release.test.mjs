// The documents' examples in fresh projects, with nothing of ours but what was packed: cargo xtask release --dry-run

import "./release/javascript.mjs";
import "./release/node.mjs";
import "./release/pages.mjs";
import "./release/axum.mjs";
