// What wall time hides: processor time, and memory that stays.

import { readFileSync, readdirSync } from "node:fs";

/** How often it is weighed what the harness itself costs. */
const TIMES = 15;

export class Meter {
  #page;
  #chromium;
  #before;
  #server;
  /** Microseconds that the harness's own scripts take of each clock, for every contender. */
  #tares = { thread: [], process: [], server: [] };

  constructor(page, browser) {
    this.#page = page;
    this.#chromium = browser === "chromium";
  }

  /** `server` is the process whose CPU counts, too, if the group has a server of its own. */
  async start(run, server) {
    this.#server = server;
    if (!this.#chromium) return;
    // As before the second look: what the driver's own scripts leave behind is in both.
    if (run.memory) await this.collect();
    // The domain "threadTicks" would read the thread's clock around every task, which cost a fifth of a flood.
    await this.#page.devtools("Performance.enable", { timeDomain: "timeTicks" });
    this.#before = await this.#look(run);
  }

  /** So that no contender pays for another's garbage. */
  async collect() {
    if (this.#chromium) await this.#page.run("return window.collect()");
  }

  /** Weighs what a measurement costs without its load, to take it off. */
  async tare(run, server, nothing) {
    if (!this.#chromium || !run.cpu) return;
    for (let turn = 0; turn < TIMES; turn++) {
      await this.collect();
      await this.start(run, server);
      await nothing();
      const used = this.#used(await this.#look(run));
      for (const [clock, took] of Object.entries(used)) this.#tares[clock].push(took);
    }
  }

  /** Values by name. */
  async stop(run, messages) {
    if (!this.#chromium) return {};
    if (run.memory) await this.collect();
    const after = await this.#look(run);
    const values = {};
    if (run.cpu) {
      const used = this.#used(after);
      const each = (clock) => ({ value: (used[clock] - median(this.#tares[clock])) / messages, unit: run.cpu, better: "lower" });
      values["CPU of the page's thread"] = each("thread");
      // The same from the operating system, for all of the process's threads.
      if (after.process.size) values["CPU of the page's process"] = each("process");
      if (after.server.size) values["CPU of the server"] = each("server");
    }
    if (run.memory) values["memory kept"] = { value: after.memory - this.#before.memory, unit: "bytes", better: "lower" };
    return values;
  }

  /** Microseconds of each clock since the first look. */
  #used(after) {
    const before = this.#before;
    const of = (name) => ran(before[name], after[name]);
    return { thread: (after.thread - before.thread) * 1e6, process: of("process"), server: of("server") };
  }

  async #look(run) {
    const { metrics } = await this.#page.devtools("Performance.getMetrics");
    const named = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    const wasm = run.memory ? await this.#page.run("return window.wasmBytes?.() ?? 0") : 0;
    const memory = named.JSHeapUsedSize + wasm;
    const server = threads(this.#server ? [this.#server] : []);
    return { thread: named.ThreadTime, process: threads(renderers(this.#page.pid)), server, memory };
  }
}

function median(values) {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? 0;
}

/** The renderers below a process. */
function renderers(root) {
  if (process.platform !== "linux") return [];
  const parents = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number)) {
    // The program's name, in brackets, may contain anything.
    const parent = read(`/proc/${pid}/stat`)?.split(") ").at(-1).split(" ")[1];
    parents.set(pid, Number(parent));
  }
  const isBelow = (pid) => pid === root || (parents.has(pid) && isBelow(parents.get(pid)));
  return [...parents.keys()].filter((pid) => isBelow(pid) && read(`/proc/${pid}/cmdline`)?.includes("--type=renderer"));
}

/** Nanoseconds that each thread of these processes has run. Linux only: elsewhere none. */
function threads(pids) {
  const found = new Map();
  if (process.platform !== "linux") return found;
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const ran = read(`/proc/${pid}/task/${thread}/schedstat`)?.split(" ")[0];
      if (ran) found.set(thread, Number(ran));
    }
  }
  return found;
}

/** Microseconds that threads have run from one look to the next; one that ended between them is not counted. */
function ran(before, after) {
  let sum = 0;
  for (const [thread, nanoseconds] of after) sum += nanoseconds - (before.get(thread) ?? 0);
  return sum / 1_000;
}

/** A file that may be gone: a process ends when it likes. */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
