// What wall time hides: processor time, and memory that stays.

import { readFileSync, readdirSync } from "node:fs";

export class Meter {
  #page;
  #chromium;
  #before;
  #server;

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

  /** So that no contender pays for another's garbage. It also drops compiled code: warm up afterwards. */
  async collect() {
    if (!this.#chromium) return;
    await this.#page.devtools("HeapProfiler.enable");
    // What finalisers release is collected in the second run.
    for (let turn = 0; turn < 2; turn++) {
      await this.#page.devtools("HeapProfiler.collectGarbage");
      await this.#page.run("return new Promise((resolve) => setTimeout(resolve, 20))");
    }
    await this.#page.devtools("HeapProfiler.disable");
  }

  /** Values by name. */
  async stop(run, messages) {
    if (!this.#chromium) return {};
    if (run.memory) await this.collect();
    const after = await this.#look(run);
    const grown = (name) => after[name] - this.#before[name];
    const values = {};
    if (run.cpu) {
      const kind = { unit: run.cpu, better: "lower" };
      values["CPU of the page's thread"] = { value: (grown("thread") * 1e6) / messages, ...kind };
      // The same from the operating system, for all of the process's threads.
      const used = (name) => ran(this.#before[name], after[name]) / messages;
      if (after.process.size) values["CPU of the page's process"] = { value: used("process"), ...kind };
      if (after.server.size) values["CPU of the server"] = { value: used("server"), ...kind };
    }
    if (run.memory) values["memory kept"] = { value: grown("memory"), unit: "bytes", better: "lower" };
    return values;
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
