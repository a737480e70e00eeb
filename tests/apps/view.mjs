// An app as its user sees and operates it, and the fault server's view of it.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { http } from "../packaging/lib/echo.mjs";

/** The longest that anything may take, on a busy machine too. */
const LIMIT = 20_000;

const READ = `return {
  status: document.querySelector("p")?.textContent.toLowerCase(),
  lines: [...document.querySelectorAll("li")].map((line) => line.textContent),
  wrong: globalThis.wrong,
};`;

/** Types a line and sends it, as a user does. */
const SEND = `
  document.querySelector("input").value = arguments[0];
  document.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
  document.querySelector("button").click();`;

export class View {
  #page;
  #id;

  /** `id` is the tag of the app's connections. */
  constructor(page, id) {
    this.#page = page;
    this.#id = id;
  }

  open(address) {
    return this.#page.go(address);
  }

  read() {
    return this.#page.run(READ);
  }

  send(line) {
    return this.#page.run(SEND, line);
  }

  /** Sends a line as soon as the app shows that state. */
  sendWhen(status, line) {
    return this.#page.run(
      `const [status, line] = arguments;
       const watch = new MutationObserver(() => {
         if (document.querySelector("p").textContent.toLowerCase() !== status) return;
         watch.disconnect();
         (function () { ${SEND} })(line);
       });
       watch.observe(document.body, { subtree: true, childList: true, characterData: true });`,
      status,
      line,
    );
  }

  choose(room) {
    return this.#page.run(
      `const select = document.querySelector("select");
       select.value = arguments[0];
       select.dispatchEvent(new Event("change", { bubbles: true }));`,
      room,
    );
  }

  /** Runs a script with the app's `mount` and `unmount`. */
  run(script) {
    return this.#page.run(`const { mount, unmount } = globalThis.app; ${script}`);
  }

  async #until(ask, holds) {
    for (const end = Date.now() + LIMIT; ; await pause(20)) {
      const seen = await ask();
      if (holds(seen)) return seen;
      if (Date.now() > end) assert.fail(`did not come; there is ${JSON.stringify(seen)}`);
    }
  }

  /** Waits until the page shows it. */
  shows(holds) {
    return this.#until(() => this.read(), holds);
  }

  /** The app's connections so far. */
  async connections() {
    const { connections } = await (await fetch(`${http}/log?id=${this.#id}&timeout_ms=0`)).json();
    return connections;
  }

  /** Waits until so many of the app's connections have not ended; returns all. */
  live(count) {
    return this.#until(() => this.connections(), (all) => all.filter(({ ended }) => !ended).length === count);
  }

  /** Ends the app's connections without a closing handshake. */
  kill() {
    return fetch(`${http}/kill?id=${this.#id}&mode=rst`, { method: "POST" });
  }
}
