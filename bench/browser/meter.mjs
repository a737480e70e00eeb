// What wall time hides: processor time, and memory that stays.

import { readFileSync, readdirSync } from "node:fs";

const TICK = 10_000;

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
    // Also so that no contender pays for the garbage of the warm-up.
    await this.#collect();
    // The domain "threadTicks" would read the thread's clock around every task, which cost a fifth of a flood.
    await this.#page.devtools("Performance.enable", { timeDomain: "timeTicks" });
    this.#before = await this.#look(run);
  }

  /** Values by name. */
  async stop(run, messages) {
    if (!this.#chromium) return {};
    if (run.memory) await this.#collect();
    const after = await this.#look(run);
    const grown = (name) => after[name] - this.#before[name];
    const values = {};
    if (run.cpu) {
      const kind = { unit: run.cpu, better: "lower" };
      values["CPU of the page's thread"] = { value: (grown("thread") * 1e6) / messages, ...kind };
      // The same from the operating system, for all of the process's threads.
      if (after.process) values["CPU of the page's process"] = { value: grown("process") / messages, ...kind };
      if (this.#server) values["CPU of the server"] = { value: grown("server") / messages, ...kind };
    }
    if (run.memory) values["memory kept"] = { value: grown("memory"), unit: "bytes", better: "lower" };
    return values;
  }

  async #collect() {
    await this.#page.devtools("HeapProfiler.enable");
    // What finalisers release is collected in the second run.
    for (let turn = 0; turn < 2; turn++) {
      await this.#page.devtools("HeapProfiler.collectGarbage");
      await this.#page.run("return new Promise((resolve) => setTimeout(resolve, 20))");
    }
    await this.#page.devtools("HeapProfiler.disable");
  }

  async #look(run) {
    const { metrics } = await this.#page.devtools("Performance.getMetrics");
    const named = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    const wasm = run.memory ? await this.#page.run("return window.wasmBytes?.() ?? 0") : 0;
    const server = this.#server ? (stat(this.#server)?.ticks ?? 0) * TICK : 0;
    const memory = named.JSHeapUsedSize + wasm;
    return { thread: named.ThreadTime, process: renderers(this.#page.pid), server, memory };
  }
}

/** Microseconds that the renderers below a process have used. Linux only: elsewhere 0. */
function renderers(root) {
  let sum = 0;
  try {
    const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(stat).filter(Boolean);
    const below = new Set([root]);
    for (let size = 0; size !== below.size; ) {
      size = below.size;
      for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
    }
    for (const { pid, ticks } of processes) {
      if (below.has(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer")) sum += ticks;
    }
  } catch {
    return 0;
  }
  return sum * TICK;
}

function stat(pid) {
  try {
    // The program's name, in brackets, may contain anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return { pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
