// Round by round, every contender in its turn, each in a fresh page.

import { Page } from "../../tests/browser/webdriver.mjs";
import { CASES } from "./page/cases.js";
import { Meter } from "./meter.mjs";
import { profiled } from "./profile.mjs";
import { progress } from "./progress.mjs";

const GROUPS = ["js", "rust"];
/** The longest that one measurement may take. */
const LIMIT = 180_000;
/** They throw, or lose what is sent, before `open`. */
const CANT_QUEUE = ["js/native", "js/strict"];

/** Case by case the values `found`, or the `failure`: it costs its own case, not the hours of the others. */
export async function* browserRuns(plan, server) {
  const jobs = GROUPS.flatMap((group) =>
    CASES.filter(({ name }) => plan.wants(group, name)).map((run) => ({
      group,
      run,
      contenders: plan.contenders.filter((one) => one.group === group && takesPart(group, run, one.name)),
    })),
  ).filter(({ contenders }) => contenders.length);
  let page;
  let last;
  for (const [at, job] of jobs.entries()) {
    const { group, run } = job;
    // A browser that has worked for an hour is not the browser of the first minute. A plot is one case.
    const same = last && run.growth && last.growth?.[0] === run.growth[0];
    if (!same) {
      await page?.close();
      page = await Page.open(plan.browser);
      await page.patience(LIMIT);
    }
    last = run;
    const shown = progress(`${at + 1}/${jobs.length} ${group}: ${run.name}`);
    try {
      const found = await rounds(plan, { ...job, page, server, shown });
      shown.done();
      yield { group, run, found, by: page.version };
    } catch (failure) {
      last = undefined;
      yield { group, run, failure, by: page.version };
    }
  }
  await page?.close();
}

/** Values by contender and name, a value a round. */
async function rounds(plan, { group, run, contenders, page, server, shown }) {
  const found = new Map();
  const meter = new Meter(page, plan.browser);
  const count = run.growth ? Math.max(3, Math.ceil(plan.rounds / 3)) : plan.rounds;
  // A browser's first page is slower than any other.
  await measure(plan, { group, run, contender: contenders[0].name, page, server, meter });
  for (let round = 0; round < count; round++) {
    // Nobody is always first.
    const turned = contenders.map((_, at) => contenders[(at + round) % contenders.length]);
    for (const { name: contender } of turned) {
      shown.detail(`round ${round + 1}/${count} ${contender}`);
      await fetch(`${server.http}/log`, { method: "DELETE" });
      const values = await measure(plan, { group, run, contender, page, server, meter });
      for (const [name, { value, unit, better }] of Object.entries(values)) {
        const label = [run.name, name].filter(Boolean).join(", ");
        const key = `${label}/${contender}`;
        const one = { group, case: label, contender, unit, better, growth: run.growth, values: [] };
        if (!found.has(key)) found.set(key, one);
        found.get(key).values.push(value);
      }
    }
  }
  if (run.cpu && plan.browser === "chromium") {
    for (const { name: contender, role } of contenders.filter(({ role }) => role !== "peer")) {
      shown.detail(`profile ${contender}`);
      const { profile } = await measure(plan, { group, run, contender, page, server, profiles: true });
      plan.profiles.push({ group, case: run.name, contender, role, ...profile });
    }
  }
  // All contenders of a case, then all of the next.
  const all = [...found.values()];
  const cases = [...new Set(all.map((one) => one.case))];
  return cases.flatMap((name) => all.filter((one) => one.case === name));
}

function takesPart(group, run, name) {
  // A plot with six lines in it shows nothing; strict is native, but for what is measured above.
  if (run.growth) return group === "js" && name !== "strict" && name !== "rxjs";
  if (!run.queues) return true;
  return group === "js" && name !== "strict";
}

async function measure(plan, { group, run, contender, page, server, meter, profiles }) {
  const count = plan.quick && !run.fixed ? Math.ceil(run.count / 10) : run.count;
  const waits = CANT_QUEUE.includes(`${group}/${contender}`);
  await page.go(`${server.http}/index.html`);
  const { ws, http } = server;
  const setting = { name: run.name, count, waits, group, contender, ws, http };
  await page.run("return window.prepare(arguments[0])", setting);
  if (profiles) return { profile: await profiled(page, count, () => page.run("return window.measure()")) };
  await meter.start(run);
  const values = await page.run("return window.measure()");
  const metered = await meter.stop(run, count);
  const named = Object.entries(values).map(([name, value]) => [name, { value, ...run.yields[name] }]);
  return { ...Object.fromEntries(named), ...metered };
}
