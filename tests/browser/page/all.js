// Every case for the current scope.

import { runAll } from "./harness.js";

// Chromium delays new connections in proportion to those that failed, so cases with many failures come late.
const files = ["interface", "events", "order", "sending", "closing", "steady", "queue", "flush", "streams", "retry", "cancel", "options", "texts", "timer", "trace", "failure", "network", "stories", "constructor", "life"];
for (const file of files) await import(`./cases/${file}.js`);

const parameters = new URLSearchParams(location.search);

export const run = (report) => runAll(parameters, report);

if (!globalThis.document) run(postMessage);
