// Every case, in whichever scope this is.

import { runAll } from "./harness.js";

// Chromium holds new connections up by the share of those that failed, so what fails most comes late.
const files = ["interface", "events", "order", "sending", "closing", "steady", "queue", "flush", "streams", "retry", "cancel", "options", "texts", "timer", "trace", "failure", "network", "stories", "constructor", "life"];
for (const file of files) await import(`./cases/${file}.js`);

const parameters = new URLSearchParams(location.search);

export const run = (report) => runAll(parameters, report);

if (!globalThis.document) run(postMessage);
