// Measures in a browser what `cargo xtask bench` has built, and writes every single value down.
//
//   node bench/run.mjs --built DIR --server PROGRAM --contenders GROUP/NAME/ROLE,… --samples FILE [--core PROGRAM]
//                      [--session PROGRAM] [--browser chromium|firefox] [--only REGEX] [--rounds N] [--percent N] [--resume]
//
// What the values mean is for `bench/src/report` to say, and that a case is missing.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { browserRuns } from "./browser/runs.mjs";
import { CORE, core } from "./browser/core.mjs";
import { IDLE, idle } from "./browser/idle.mjs";
import { NETWORK, network } from "./browser/network.mjs";
import { testServer } from "./browser/server.mjs";
import { sizes } from "./browser/sizes.mjs";
import { fingerprints, versions } from "./browser/versions.mjs";

const { values: options } = parseArgs({
  options: {
    built: { type: "string" },
    contenders: { type: "string" },
    samples: { type: "string" },
    server: { type: "string" },
    core: { type: "string" },
    session: { type: "string" },
    browser: { type: "string", default: "chromium" },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "120" },
    percent: { type: "string", default: "100" },
    resume: { type: "boolean", default: false },
  },
});

const contenders = options.contenders.split(",").map((one) => {
  const [group, name, role] = one.split("/");
  return { group, name, role };
});
const rounds = Number(options.rounds);
const percent = Number(options.percent);
const { browser, only } = options;
const used = fingerprints(options);
/** What --resume takes up again was measured in the same way, and of the same files: a group of others begins anew. */
const before = options.resume ? earlier() : undefined;
/** What is done, by group and name. */
const done = new Set(before?.done);
/** Where the time goes. */
const profiles = before?.profiles ?? [];
const plan = {
  ...options,
  contenders,
  rounds,
  percent,
  /** Whether --only lets a case through, and it is not done. */
  wants: (group, name) => new RegExp(only).test(`${group}/${name}`) && !done.has(`${group}/${name}`),
  look,
};

/** What the machine had to do besides, before each case: parts of its processors. */
const busy = before?.setting.busy ?? [];
const series = before?.series.filter(({ group }) => group !== "size") ?? [];
const failures = [];
let version = before?.setting.version;

/** After every case: an hour of measuring is not lost with the last of them. */
function save() {
  const setting = { browser, version, rounds, percent, only, busy, used, versions: versions() };
  const date = new Date().toISOString().slice(0, 10);
  const all = [...series, ...sizes(plan)];
  const report = { date, setting, contenders, series: all, profiles, done: [...done], failures };
  writeFileSync(options.samples, JSON.stringify(report));
}

/** Looks for a second in which nothing is measured. */
async function look() {
  const times = () => {
    const all = cpus().map(({ times }) => times);
    const sum = (of) => all.reduce((sum, one) => sum + of(one), 0);
    return { idle: sum(({ idle }) => idle), all: sum((one) => Object.values(one).reduce((a, b) => a + b)) };
  };
  const first = times();
  await pause(1_000);
  const last = times();
  busy.push(1 - (last.idle - first.idle) / (last.all - first.all));
}

function earlier() {
  const { setting, ...found } = JSON.parse(readFileSync(options.samples, "utf8"));
  const now = { browser, rounds, percent };
  const other = Object.keys(now).find((name) => now[name] !== setting[name]);
  if (other) throw new Error(`nothing to resume: of another ${other} than ${options.samples}`);
  const changed = Object.keys(used).filter((group) => used[group] !== setting.used[group]);
  for (const group of changed) console.log(`${group}: measured anew, of files that have changed`);
  const stays = (group) => !changed.includes(group);
  return {
    setting,
    series: found.series.filter(({ group }) => stays(group)),
    profiles: found.profiles.filter(({ group }) => stays(group)),
    done: found.done.filter((name) => stays(name.split("/")[0])),
  };
}

mkdirSync(dirname(options.samples), { recursive: true });
const server = await testServer(options);
try {
  const whole = [
    ["core", CORE, () => core(plan, server)],
    ["network", NETWORK, () => network(plan)],
    ["session", IDLE, () => idle(plan)],
  ];
  for (const [group, name, measure] of whole.filter(([group, name]) => plan.wants(group, name))) {
    try {
      await look();
      series.push(...(await measure()));
      done.add(`${group}/${name}`);
    } catch (failure) {
      failures.push(`${group}: ${failure.message}`);
    }
    save();
  }
  for await (const { group, run, failure, by, ...found } of browserRuns(plan, server)) {
    if (failure) failures.push(`${group}/${run.name}: ${failure.message}`);
    else {
      version = by;
      series.push(...found.series);
      profiles.push(...found.profiles);
      done.add(`${group}/${run.name}`);
    }
    save();
  }
} finally {
  server.stop();
  save();
}
