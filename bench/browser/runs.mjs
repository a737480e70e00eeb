// Case by case, each with a browser of its own.

import { Page } from "../../tests/browser/webdriver.mjs";
import { casesOf } from "./page/groups.js";
import { progress } from "./progress.mjs";
import { rounds } from "./rounds.mjs";

export const GROUPS = ["js", "rust", "session"];
/** The longest that one measurement may take. */
const LIMIT = 90_000;
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
      await plan.look();
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

/** For `window.collect`. What has not run for some collections would be compiled again, and that measured. */
const FLAGS = ["--js-flags=--expose-gc --no-flush-bytecode"];

async function opened(browser) {
  const page = await Page.open(browser, FLAGS);
  await page.patience(LIMIT);
  return page;
}

export function takesPart(group, run, name) {
  if (run.only && run.only !== group) return false;
  // A plot with six lines is unreadable; strict equals native in everything that is not measured above.
  if (run.growth) return group === "js" && !["native-copy", "strict", "rxjs"].includes(name);
  if (run.without) return !run.without.includes(name);
  if (!run.queues) return true;
  return group === "js" && name !== "strict";
}
