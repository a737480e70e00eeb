// A service worker is registered by its URL, so bundlers make it a separate entry.

import "./worker.js";
