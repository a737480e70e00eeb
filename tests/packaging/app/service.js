// A service worker is registered by its address, so bundlers make it an entry of its own.

import "./worker.js";
