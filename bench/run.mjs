// Measures in a browser what `cargo xtask bench` has built, and writes every single value down.
//
//   node bench/run.mjs --built DIR --server PROGRAM --core PROGRAM --contenders GROUP/NAME/ROLE,… --samples FILE
//                      [--browser chromium|firefox] [--only REGEX] [--rounds N] [--quick]
//
// What the values mean is for `bench/src/report` to say.

import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { browserRuns } from "./browser/runs.mjs";
import { core } from "./browser/core.mjs";
import { testServer } from "./browser/server.mjs";
import { sizes } from "./browser/sizes.mjs";
import { versions } from "./browser/versions.mjs";

const { values: options } = parseArgs({
  options: {
    built: { type: "string" },
    contenders: { type: "string" },
    samples: { type: "string" },
    server: { type: "string" },
    core: { type: "string" },
    browser: { type: "string", default: "chromium" },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "15" },
    quick: { type: "boolean", default: false },
  },
});

const contenders = options.contenders.split(",").map((one) => {
  const [group, name, role] = one.split("/");
  return { group, name, role };
});
const plan = {
  ...options,
  contenders,
  rounds: Number(options.rounds),
  /** Where the time goes, filled while measuring. */
  profiles: [],
  /** Whether --only lets a case through. */
  wants: (group, name) => new RegExp(options.only).test(`${group}/${name}`),
};

const { browser, rounds, quick, only, profiles } = plan;
/** What the machine had to do besides. */
const [load] = loadavg();
const series = { measured: [], weighed: sizes(plan), alone: [] };
let version;

/** After every case: hours of measuring are not lost with the last of them. */
function save() {
  const setting = { browser, version, rounds, quick, only, load, versions: versions() };
  const date = new Date().toISOString().slice(0, 10);
  const report = { date, setting, contenders, series: Object.values(series).flat(), profiles };
  writeFileSync(options.samples, JSON.stringify(report));
}

mkdirSync(dirname(options.samples), { recursive: true });
const server = await testServer(options);
const failures = [];
try {
  series.alone = await core(plan, server);
  for await (const { group, run, found, failure, by } of browserRuns(plan, server)) {
    version = by;
    if (failure) failures.push(`${group}/${run.name} is left out: ${failure.message}`);
    else series.measured.push(...found);
    save();
  }
} finally {
  server.stop();
  save();
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length ? 1 : 0;
