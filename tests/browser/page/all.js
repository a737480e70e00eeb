// Every case, in whichever scope this is.

import { runAll } from "./harness.js";

// Chromium holds new connections up by the share of those that failed, so what fails most comes late.
const files = ["interface", "events", "sending", "closing", "steady", "queue", "streams", "retry", "options", "timer", "trace", "failure", "constructor", "life"];
for (const file of files) await import(`./cases/${file}.js`);

const parameters = new URLSearchParams(location.search);

export const run = (report) => runAll(parameters, report);

if (!globalThis.document) run(postMessage);
