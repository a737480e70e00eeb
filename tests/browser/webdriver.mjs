// A minimal WebDriver client: opens a page and reads its results.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = new URL("../../", import.meta.url);
const DRIVERS = { chromium: "chromedriver", firefox: "geckodriver", webkit: "WebKitWebDriver" };
const VARIABLES = { chromium: "CHROMEDRIVER", firefox: "GECKODRIVER", webkit: "SAFARIDRIVER" };

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** What `webdriver.json` asks for, in the part the browser understands. */
function capabilities(browser, flags) {
  const all = JSON.parse(readFileSync(new URL("webdriver.json", ROOT), "utf8"));
  if (browser === "chromium") {
    const options = all["goog:chromeOptions"];
    return { "goog:chromeOptions": { ...options, args: [...options.args, ...flags] } };
  }
  if (browser === "firefox") {
    return { "moz:firefoxOptions": { ...all["moz:firefoxOptions"], args: ["-headless"] } };
  }
  const options = all["webkitgtk:browserOptions"];
  return options ? { "webkitgtk:browserOptions": options } : {};
}

export class Page {
  #driver;
  #address;

  static async open(browser, flags = []) {
    const page = new Page();
    const port = await freePort();
    const program = process.env[VARIABLES[browser]] ?? DRIVERS[browser];
    page.#driver = spawn(program, [`--port=${port}`], { stdio: "ignore" });
    page.#driver.on("error", (cause) => console.error(`${program}: ${cause.message}`));
    const base = `http://127.0.0.1:${port}`;
    for (let tries = 0; ; tries++) {
      try {
        await fetch(`${base}/status`);
        break;
      } catch (cause) {
        if (tries > 100) throw cause;
        await pause(100);
      }
    }
    const alwaysMatch = capabilities(browser, flags);
    const session = await call(`${base}/session`, "POST", { capabilities: { alwaysMatch } });
    page.#address = `${base}/session/${session.sessionId}`;
    page.version = session.capabilities.browserVersion;
    await page.#call("timeouts", { script: 60_000, pageLoad: 60_000 });
    return page;
  }

  #call(path, body) {
    return call(`${this.#address}/${path}`, "POST", body);
  }

  go(url) {
    return this.#call("url", { url });
  }

  /** A picture of what can be seen, in base64. */
  screenshot() {
    return call(`${this.#address}/screenshot`, "GET");
  }

  resize(width, height) {
    return this.#call("window/rect", { width, height });
  }

  /** Presses one key after another; those without a character have WebDriver's code points. */
  keys(text) {
    const each = (value) => ["keyDown", "keyUp"].map((type) => ({ type, value }));
    return this.#call("actions", { actions: [{ type: "key", id: "keyboard", actions: [...text].flatMap(each) }] });
  }

  run(script, ...args) {
    return this.#call("execute/sync", { script, args });
  }

  /** Chromium only: a command of its DevTools protocol. */
  devtools(cmd, params = {}) {
    return this.#call("goog/cdp/execute", { cmd, params });
  }

  /** How long a script may take, in milliseconds. */
  patience(script) {
    return this.#call("timeouts", { script });
  }

  /** The driver's process: the browser's are below it. */
  get pid() {
    return this.#driver.pid;
  }

  async close() {
    await call(this.#address, "DELETE").catch(() => {});
    this.#driver.kill();
  }
}

async function call(url, method, body) {
  const answer = await fetch(url, { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`WebDriver: ${value?.error}: ${value?.message}`);
  return value;
}
