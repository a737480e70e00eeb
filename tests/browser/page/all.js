// Every case, in whichever scope this is.

import { runAll } from "./harness.js";

const files = ["interface", "constructor", "events", "sending", "closing", "steady", "queue", "streams", "retry", "failure", "options", "trace", "life"];
for (const file of files) await import(`./cases/${file}.js`);

const parameters = new URLSearchParams(location.search);

export const run = (report) => runAll(parameters, report);

if (!globalThis.document) run(postMessage);
