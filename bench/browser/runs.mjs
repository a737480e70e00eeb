// Round by round, every contender in its turn, each in a fresh page.

import { Page } from "../../tests/browser/webdriver.mjs";
import { casesOf } from "./page/groups.js";
import { Meter } from "./meter.mjs";
import { profiled } from "./profile.mjs";
import { progress } from "./progress.mjs";
import { sessionServer } from "./session.mjs";

export const GROUPS = ["js", "rust", "session"];
/** The longest that one measurement may take. */
const LIMIT = 90_000;
/** They throw, or lose what is sent, before `open`. */
const CANT_QUEUE = ["js/native", "js/native-copy", "js/strict"];
/** It makes a Blob of each binary message, which takes thirty times as long: a twentieth of the burst says so, too. */
const SLOW = ["rust/gloo-net: send 200,000 × 32 B binary"];
/** Chromium lets a profile have 255 sockets: more are spread over several browsers. */
const SOCKETS = 250;

/** Case by case what was `found`, or the `failure`: it costs its own case, not the hours of the others. */
export async function* browserRuns(plan, server) {
  const jobs = GROUPS.flatMap((group) =>
    casesOf(group).filter(({ name }) => plan.wants(group, name)).map((run) => ({
      group,
      run,
      contenders: plan.contenders.filter((one) => one.group === group && takesPart(group, run, one.name)),
      tries: 2,
    })),
  ).filter(({ contenders }) => contenders.length);
  const { length } = jobs;
  const pages = [];
  let last;
  while (jobs.length) {
    const job = jobs.shift();
    const { group, run } = job;
    // A browser slows down with age, so each case has a new one. A plot is one case.
    const same = last && run.growth && last.growth?.[0] === run.growth[0];
    last = run;
    const shown = progress(`${length - jobs.length}/${length} ${group}: ${run.name}`);
    try {
      if (!same) await Promise.all(pages.splice(0).map((page) => page.close()));
      const parts = run.shared ? Math.ceil(run.count / SOCKETS) : 1;
      while (pages.length < parts) pages.push(await opened(plan.browser));
      const found = await rounds(plan, { ...job, pages: pages.slice(0, parts), server, shown });
      shown.done();
      yield { group, run, ...found, by: pages[0].version };
    } catch (failure) {
      last = undefined;
      job.tries -= 1;
      console.error(`${group}: ${run.name}: ${failure.message}`);
      if (job.tries) jobs.unshift(job);
      else yield { group, run, failure };
    }
  }
  await Promise.all(pages.map((page) => page.close()));
}

async function opened(browser) {
  const page = await Page.open(browser);
  await page.patience(LIMIT);
  return page;
}

/** The `series`, a value a round, and the `profiles`. */
async function rounds(plan, { group, run, contenders, pages, server, shown }) {
  const found = new Map();
  const meter = new Meter(pages[0], plan.browser);
  const count = run.growth ? Math.max(3, Math.ceil(plan.rounds / 3)) : plan.rounds;
  // A browser's first page is slower than any other.
  await measure(plan, { group, run, contender: contenders[0].name, pages, server, few: true });
  for (let round = 0; round < count; round++) {
    // The order rotates.
    const turned = contenders.map((_, at) => contenders[(at + round) % contenders.length]);
    for (const { name: contender } of turned) {
      shown.detail(`round ${round + 1}/${count} ${contender}`);
      await fetch(`${server.http}/log`, { method: "DELETE" });
      const values = await measure(plan, { group, run, contender, pages, server, meter });
      for (const [name, { value, ...kind }] of Object.entries(values)) {
        const label = [run.name, name].filter(Boolean).join(", ");
        const key = `${label}/${contender}`;
        if (!found.has(key)) {
          found.set(key, { group, case: label, contender, growth: run.growth, ...kind, values: [] });
        }
        found.get(key).values.push(value);
      }
    }
  }
  const profiles = [];
  if (!run.growth && plan.browser === "chromium") {
    for (const { name: contender, role } of contenders.filter(({ role }) => role === "limit" || role === "ours")) {
      shown.detail(`profile ${contender}`);
      const { profile } = await measure(plan, { group, run, contender, pages, server, few: true, profiles: true });
      profiles.push({ group, case: run.name, contender, role, ...profile });
    }
  }
  // All contenders of a case, then the next case.
  const all = [...found.values()];
  const cases = [...new Set(all.map((one) => one.case))];
  return { series: cases.flatMap((name) => all.filter((one) => one.case === name)), profiles };
}

export function takesPart(group, run, name) {
  // A plot with six lines is unreadable; strict equals native in everything that is not measured above.
  if (run.growth) return group === "js" && !["native-copy", "strict", "rxjs"].includes(name);
  if (run.without) return !run.without.includes(name);
  if (!run.queues) return true;
  return group === "js" && name !== "strict";
}

/** How many messages: --percent leaves fewer of them, and what is not counted needs a tenth. */
function load(plan, { group, run, contender, few }) {
  if (run.fixed) return run.count;
  const slow = SLOW.includes(`${group}/${contender}: ${run.name}`) ? 20 : 1;
  const part = few ? Math.min(10, plan.percent) : plan.percent;
  return Math.ceil((run.count * part) / 100 / slow);
}

async function measure(plan, job) {
  if (job.group !== "session") return measureWith(plan, job, job.server);
  const own = await sessionServer(plan, job.contender, job.run);
  try {
    return await measureWith(plan, job, { ...job.server, ...own });
  } finally {
    await own.stop();
  }
}

async function measureWith(plan, job, { ws, ports, http, pid, relay }) {
  const { group, run, contender, pages, meter, profiles } = job;
  const count = load(plan, job);
  const waits = CANT_QUEUE.includes(`${group}/${contender}`);
  const part = Math.ceil(count / pages.length);
  const setting = { name: run.name, count: part, waits, group, contender, ws, ports, http, relay };
  await each(pages, async (page) => {
    await page.go(`${http}/index.html`);
    await page.run("return window.prepare(arguments[0])", setting);
  });
  const measured = () => each(pages, (page) => page.run("return window.measure()"));
  if (profiles) return { profile: await profiled(pages[0], count, measured) };
  await meter?.start(run, pid);
  const all = await measured();
  const metered = await meter?.stop(run, count);
  // Of several pages, the slowest counts.
  const longest = (name) => Math.max(...all.map((values) => values[name]));
  const named = Object.entries(run.yields).map(([name, kind]) => [name, { value: longest(name), ...kind }]);
  return { ...Object.fromEntries(named), ...metered };
}

const each = (pages, work) => Promise.all(pages.map(work));
