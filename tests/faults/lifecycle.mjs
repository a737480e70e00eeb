// How page lifecycle events affect a socket in Chromium, through its DevTools protocol: `cargo xtask test --only
// lifecycle`.
//
//   node tests/faults/lifecycle.mjs chromium [--only REGEX] [--pkg DIR] [--app DIR]

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { Page } from "../browser/webdriver.mjs";
import { start } from "./servers.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    pkg: { type: "string", default: local("../../pkg") },
    app: { type: "string", default: local("../../target/faults/app") },
  },
});
/** How often a case may be tried until recovery began in time: a busy machine can hold any page up. */
const TRIES = 3;
const LIMIT = 30_000;

class Life {
  constructor(page, server) {
    this.page = page;
    this.server = server;
  }

  async start(subject) {
    await this.page.go(`${this.server.http}/lifecycle.html?bfcache`);
    await this.until(() => this.page.run("return Boolean(window.life)"), "the page is there");
    this.id = await this.page.run("return life.start(...arguments)", subject, this.server);
  }

  async control(path) {
    const answer = await fetch(`${this.server.http}${path}${path.includes("?") ? "&" : "?"}id=${this.id}`, { method: "POST" });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  }

  look() {
    return this.page.run("return life.look()");
  }

  async until(so, what) {
    for (const end = Date.now() + LIMIT; Date.now() < end; await pause(30)) if (await so()) return;
    throw new Error(`not within ${LIMIT / 1000} s: ${what}`);
  }

  /** The connection is lost, and the socket waits. */
  async lose() {
    await this.page.run("life.strikes()");
    const { waits } = await this.look();
    await this.control("/kill?mode=rst");
    await this.until(async () => (await this.look()).waits > waits, "it waits to try again");
  }

  /** It is back, over one connection, and began to come back within 100 ms of `type`. */
  async back(type) {
    await this.until(async () => (await this.look()).recovered, "it came back");
    let wake;
    await this.until(async () => {
      wake = (await this.look()).wakes.find((one) => one.type === type && one.prompt !== undefined);
      return wake;
    }, `the page heard ${type}`);
    const { alive } = await this.look();
    if (alive !== 1) throw new Error(`${alive} connections`);
    return wake.prompt;
  }

  offline(offline) {
    const still = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    return this.page.devtools("Network.emulateNetworkConditions", { offline, ...still });
  }

  state(state) {
    return this.page.devtools("Page.setWebLifecycleState", { state });
  }
}

/** Each ends with whether recovery began in time. */
const cases = {
  async "offline and online"(life) {
    await life.page.devtools("Network.enable");
    await life.offline(true);
    try {
      await life.until(() => life.page.run("return !navigator.onLine"), "the page is offline");
      // Chromium's emulation leaves open WebSockets alone, so the server injects the fault.
      await life.lose();
    } finally {
      await life.offline(false);
    }
    return life.back("online");
  },

  async "hidden, with throttled timers"(life) {
    const { targetId } = await life.page.devtools("Target.createTarget", { url: "about:blank" });
    try {
      await life.until(async () => (await life.look()).hidden, "the page is hidden");
      await life.lose();
    } finally {
      await life.page.devtools("Target.closeTarget", { targetId });
    }
    return life.back("visibilitychange");
  },

  async "frozen while it waits"(life) {
    await life.lose();
    await life.state("frozen");
    await pause(500);
    await life.state("active");
    return life.back("resume");
  },

  async "lost while frozen"(life) {
    await life.page.run("life.strikes()");
    await life.state("frozen");
    await life.control("/kill?mode=rst");
    await pause(500);
    await life.state("active");
    return life.back("resume");
  },

  async "back/forward cache, there and back"(life) {
    await life.page.run("life.strikes()");
    await life.page.go(`${life.server.http}/away.html?bfcache`);
    await pause(300);
    await life.page.run("history.back()");
    await life.until(() => life.page.run("return document.readyState === 'complete' && location.pathname === '/lifecycle.html'"), "the page is back");
    if (!(await life.page.run("return life.seen.pagehide === 1"))) throw new Error("the page was loaded anew: it was not in the cache");
    return life.back("pageshow");
  },

  /** There is no event for it: the first timer of any socket of the page notices. So there is a second socket with a heartbeat. */
  async "the clock jumped"(life, subject) {
    await life.page.run("life.beside(...arguments)", subject, life.server);
    await life.lose();
    await life.page.run("life.jump(3_600_000)");
    return life.back("clock");
  },
};

async function attempt(page, server, name, subject) {
  const life = new Life(page, server);
  await life.start(subject);
  const prompt = await cases[name](life, subject);
  const { wrong } = await page.run("return life.finish()");
  if (wrong.length) throw new Error(wrong.join("\n"));
  return prompt;
}

async function judge(page, server, name, subject) {
  for (let tries = 0; tries < TRIES; tries++) if (await attempt(page, server, name, subject)) return;
  throw new Error(`no attempt to connect within 100 ms of waking, ${TRIES} times`);
}

const counts = { pass: 0, fail: 0 };
const servers = await start(1, values);
try {
  const page = await Page.open("chromium");
  try {
    for (const name of Object.keys(cases)) {
      for (const subject of ["steady", "Rust"]) {
        const test = `${name}: ${subject}`;
        if (!new RegExp(values.only).test(test)) continue;
        const begun = Date.now();
        const error = await judge(page, servers.addresses[0], name, subject).then(() => undefined, (cause) => cause);
        counts[error ? "fail" : "pass"]++;
        console.log(`${error ? "not ok" : "ok"} - lifecycle: ${test} (${Date.now() - begun} ms)`);
        if (error) console.log(`${error.message}`.replace(/^/gm, "    "));
      }
    }
  } finally {
    await page.close();
  }
} finally {
  servers.stop();
}
console.log(`# pass ${counts.pass}\n# fail ${counts.fail}`);
process.exitCode = counts.fail || !counts.pass ? 1 : 0;
