// Chromium, driven through its debugging pipe: every page in a context of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-popup-blocking",
  "--disable-dev-shm-usage",
  "--ignore-certificate-errors",
  "--no-proxy-server",
  "--host-resolver-rules=MAP nonexistent*.test ~NOTFOUND, MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  "--remote-debugging-pipe",
];

export class Browser {
  #process;
  #profile;
  #last = 0;
  #calls = new Map();
  #hearers = new Set();

  static async start(program) {
    const browser = new Browser();
    browser.#profile = mkdtempSync(join(tmpdir(), "steady-wpt-"));
    // A context of its own would block third-party cookies, which some pages test.
    mkdirSync(join(browser.#profile, "Default"));
    writeFileSync(join(browser.#profile, "Default", "Preferences"), '{"profile": {"cookie_controls_mode": 0}}');
    browser.#process = spawn(program, [...FLAGS, `--user-data-dir=${browser.#profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    browser.#process.on("error", (cause) => browser.#over(cause));
    browser.#process.on("exit", () => browser.#over(new Error("Chromium ended")));
    browser.#listen();
    browser.version = (await browser.#send("Browser.getVersion")).product;
    return browser;
  }

  #listen() {
    let rest = "";
    this.#process.stdio[4].setEncoding("utf8").on("data", (chunk) => {
      const parts = (rest + chunk).split("\0");
      rest = parts.pop();
      for (const part of parts) this.#receive(JSON.parse(part));
    });
  }

  #over(cause) {
    for (const { reject } of this.#calls.values()) reject(cause);
    this.#calls.clear();
  }

  #receive(message) {
    const call = this.#calls.get(message.id);
    if (!call) {
      for (const hear of this.#hearers) hear(message);
      return;
    }
    this.#calls.delete(message.id);
    if (message.error) call.reject(new Error(`${call.method}: ${message.error.message}`));
    else call.resolve(message.result);
  }

  #send(method, params = {}, sessionId = undefined) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, method });
      this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** Loads a page; gives back what its harness reported, or nothing if it did not within `ms`. */
  async load(url, ms) {
    const { browserContextId } = await this.#send("Target.createBrowserContext");
    let timer;
    let hear;
    try {
      const { targetId } = await this.#send("Target.createTarget", { url: "about:blank", browserContextId });
      const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
      const reported = new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
        hear = ({ sessionId: from, method, params }) => {
          if (from !== sessionId) return;
          if (method === "Runtime.bindingCalled" && params.name === "__wptReport") resolve(JSON.parse(params.payload));
          if (method === "Inspector.targetCrashed") resolve({ status: 1, message: "the page crashed", subtests: [] });
        };
        this.#hearers.add(hear);
      });
      for (const [method, params] of [
        ["Runtime.enable"],
        ["Inspector.enable"],
        ["Runtime.addBinding", { name: "__wptReport" }],
        ["Page.navigate", { url }],
      ]) {
        await this.#send(method, params, sessionId);
      }
      return await reported;
    } finally {
      clearTimeout(timer);
      this.#hearers.delete(hear);
      await this.#send("Target.disposeBrowserContext", { browserContextId });
    }
  }

  async stop() {
    const ended = once(this.#process, "exit");
    this.#send("Browser.close").catch(() => {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
