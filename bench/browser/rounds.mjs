// The rounds of one case: every contender in its turn.

import { Meter } from "./meter.mjs";
import { profiled } from "./profile.mjs";
import { sessionServer } from "./session.mjs";

/** They throw, or lose what is sent, before `open`. */
const CANT_QUEUE = ["js/native", "js/native-copy", "js/strict"];
/** It makes a Blob of each binary message, which takes thirty times as long: a twentieth of the burst says so, too. */
const SLOW = ["rust/gloo-net: send 32 B binary"];

/** The `series`, a value a round, and the `profiles`. */
export async function rounds(plan, job) {
  const { group, run, contenders, shown } = job;
  const found = new Map();
  const count = roundsOf(plan.rounds, run);
  const stage = await (run.apart ? apart(plan, job) : together(plan, job));
  try {
    shown.detail("rehearsal");
    await stage.rehearse();
    for (let round = 0; round < count; round++) {
      for (const { name: contender } of turned(contenders, round)) {
        shown.detail(`round ${round + 1}/${count} ${contender}`);
        const values = await stage.measure(contender);
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
  } finally {
    await stage.end();
  }
  // All contenders of a case, then the next case.
  const all = [...found.values()];
  const cases = [...new Set(all.map((one) => one.case))];
  const series = cases.flatMap((name) => all.filter((one) => one.case === name));
  return { series, profiles: await profiles(plan, job) };
}

/** How many rounds a case has: what takes long is part of every so many only. */
export const roundsOf = (rounds, { every = 1 }) => Math.max(3, Math.ceil(rounds / every));

/** The order rotates, and every second round is reversed: a drift within a round favours nobody, nor does a neighbour. */
function turned(contenders, round) {
  const { length } = contenders;
  const order = contenders.map((_, at) => contenders[(at + (round >> 1)) % length]);
  return round % 2 ? order.reverse() : order;
}

/** All contenders in one page, in a frame each, which stay. */
async function together(plan, job) {
  const { run, contenders, pages: [page], server } = job;
  const meter = new Meter(page, plan.browser);
  const servers = new Map();
  const end = () => Promise.all([...servers.values()].map((one) => one.stop()));
  const measure = async (contender) => {
    const { pid } = servers.get(contender);
    await forget(server);
    const step = (name) => page.run("return window.turn(...arguments)", contender, name);
    await step("warm");
    await meter.collect();
    await meter.start(run, pid);
    const values = await step("measure");
    return { ...named(run, [values]), ...(await meter.stop(run, load(plan, job, contender))) };
  };
  /** What a measurement costs without its load. */
  const tare = (contender) =>
    meter.tare(run, servers.get(contender).pid, () => page.run("return window.turn(...arguments)", contender, "nothing"));
  try {
    await page.go(`${server.http}/index.html`);
    for (const { name } of contenders) {
      servers.set(name, await serverOf(plan, job, name));
      const setting = settingOf(job, name, servers.get(name), load(plan, job, name));
      await page.run("return window.seat(arguments[0])", setting);
    }
  } catch (failure) {
    await end();
    throw failure;
  }
  return {
    measure,
    end,
    /** A first round, which is slower than any other. */
    async rehearse() {
      for (const { name } of contenders) await measure(name);
      for (const { name } of contenders) await tare(name);
    },
  };
}

/** Every measurement in a page of its own. */
function apart(plan, job) {
  const { run, contenders, pages } = job;
  const meter = new Meter(pages[0], plan.browser);
  const measure = (contender, count) =>
    inPages(plan, job, contender, count, async ({ pid }) => {
      await each(pages, (page) => page.run("return window.warm()"));
      await meter.collect();
      await meter.start(run, pid);
      const all = await each(pages, (page) => page.run("return window.measure()"));
      return { ...named(run, all), ...(await meter.stop(run, count)) };
    });
  return {
    measure: (contender) => measure(contender, load(plan, job, contender)),
    end: async () => {},
    /** A browser's first page is slower than any other. */
    async rehearse() {
      const [{ name }] = contenders;
      await measure(name, part(plan, job, name));
    },
  };
}

/** Where the time goes: of the limit, and of ours. */
async function profiles(plan, job) {
  const { group, run, contenders, pages, shown } = job;
  if (run.growth || plan.browser !== "chromium") return [];
  const found = [];
  for (const { name: contender, role } of contenders.filter(({ role }) => role === "limit" || role === "ours")) {
    shown.detail(`profile ${contender}`);
    const count = part(plan, job, contender);
    const profile = await inPages(plan, job, contender, count, async () => {
      await each(pages, (page) => page.run("return window.warm()"));
      return profiled(pages[0], count, () => each(pages, (page) => page.run("return window.measure()")));
    });
    found.push({ group, case: run.name, contender, role, ...profile });
  }
  return found;
}

/** Does the work with new pages that have prepared the case for so many messages. */
async function inPages(plan, job, contender, count, work) {
  const { pages, server } = job;
  const own = await serverOf(plan, job, contender);
  try {
    await forget(server);
    const setting = settingOf(job, contender, own, Math.ceil(count / pages.length));
    await each(pages, async (page) => {
      await page.go(`${server.http}/index.html`);
      await page.run("return window.prepare(arguments[0])", setting);
    });
    return await work(own);
  } finally {
    await own.stop();
  }
}

/** The server that a contender connects to, and how to end it: a session's is its own. */
async function serverOf(plan, { group, run, server }, contender) {
  const own = group === "session" ? await sessionServer(plan, contender, run) : { stop: async () => {} };
  return { ...server, ...own };
}

/** The server's log would count what was received before. */
const forget = ({ http }) => fetch(`${http}/log`, { method: "DELETE" });

/** How many messages a measurement has: --percent leaves fewer of them. */
function load({ percent }, { group, run }, contender) {
  if (run.fixed) return run.count;
  const slow = SLOW.includes(`${group}/${contender}: ${run.name}`) ? 20 : 1;
  return Math.ceil((run.count * percent) / 100 / slow);
}

/** The same for what is not counted: a tenth of a long measurement, and twice a short one, for enough samples in a profile. */
function part(plan, job, contender) {
  const count = load(plan, job, contender);
  if (job.run.fixed) return count;
  return job.run.apart ? Math.ceil(count / 10) : count * 2;
}

/** What the page is told. */
function settingOf({ group, run }, contender, { ws, ports, http, relay }, count) {
  const waits = CANT_QUEUE.includes(`${group}/${contender}`);
  return { name: run.name, count, waits, group, contender, ws, ports, http, relay };
}

/** The values that a case yields; of several pages, the slowest counts. */
function named({ yields }, all) {
  const longest = (name) => Math.max(...all.map((values) => values[name]));
  return Object.fromEntries(Object.entries(yields).map(([name, kind]) => [name, { value: longest(name), ...kind }]));
}

const each = (pages, work) => Promise.all(pages.map(work));
