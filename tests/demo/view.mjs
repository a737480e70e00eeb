// What a visitor of the page sees and does.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { out } from "./site.mjs";

/** The longest anything may take, on a busy machine too. */
const LIMIT = 40_000;

/** Everything one can read off the page, at one moment. */
const READ = `
  const text = (selector) => document.querySelector(selector)?.textContent ?? "";
  const lanes = {};
  for (const lane of document.querySelectorAll(".lane")) {
    const counts = {};
    for (const value of lane.querySelectorAll("dd")) counts[value.dataset.count] = Number(value.textContent.replaceAll(",", ""));
    const note = lane.querySelector("p").textContent;
    lanes[lane.dataset.lane] = { phase: lane.querySelector(".chip").textContent, tag: lane.dataset.tag, note, ...counts };
  }
  return {
    lanes, notice: text("#notice"), where: text("#where"), told: text("#told"), caption: text("#state-now"),
    lit: document.querySelector("#diagram .place.now")?.dataset.state,
    spans: [...document.querySelectorAll(".row rect")].map((rect) => rect.getAttribute("class")),
    marks: [...document.querySelectorAll(".marks span")].map((span) => span.textContent),
    log: [...document.querySelectorAll("#log li")].map((line) => line.lastChild.textContent),
    buttons: [...document.querySelectorAll("#faults button")].map((button) => button.textContent),
  };`;

export class View {
  constructor(page, browser, site) {
    Object.assign(this, { page, browser, site, pressed: new Set() });
    /** What WebKitGTK's native class does differently; the emulated class does not. */
    this.webkit = browser === "webkit" && !site.emulated;
  }

  async open(path = "/") {
    await this.page.go(this.site.http + path);
  }

  read() {
    return this.page.run(READ);
  }

  /** Asks again and again until `ask` answers something; `shown` is for the message if it never does. */
  async poll(what, ask, shown = () => "") {
    const end = Date.now() + LIMIT;
    for (;;) {
      const answer = await ask();
      if (answer) return answer;
      if (Date.now() > end) assert.fail(`${what} ${shown()}`);
      await pause(50);
    }
  }

  /** Waits until the page shows it; says what it showed instead. */
  until(what, holds) {
    let seen;
    const ask = async () => holds((seen = await this.read())) && seen;
    return this.poll(what, ask, () => `did not come; the page shows ${JSON.stringify(seen, null, 1)}`);
  }

  async press(name) {
    const found = await this.page.run(
      `const button = [...document.querySelectorAll("button")].find((one) => one.textContent === arguments[0]);
       button?.click(); return !!button && !button.disabled;`,
      name,
    );
    assert.ok(found, `no button ${name}`);
    this.pressed.add(name);
  }

  /** Types an address and starts over. */
  async type(address) {
    await this.page.run('document.querySelector("#url").value = arguments[0]', address);
    await this.press("Start over");
  }

  /** All lanes open, on fresh counts. */
  async fresh() {
    const before = await this.read();
    await this.press("Start over");
    const fresh = ([name, { tag, phase, arrived }]) => tag !== before.lanes[name].tag && phase === "open" && arrived > 0;
    return this.until("open lanes", ({ lanes }) => Object.entries(lanes).every(fresh));
  }

  /** How often each number of a lane arrived, by the server's log. */
  async logged(tag) {
    const answer = await fetch(`${this.site.http}/log?id=${tag}`);
    const numbers = new Map();
    for (const { received } of (await answer.json()).connections) {
      for (const { kind, text } of received) {
        const number = Number.parseInt(text, 10);
        if (kind === "text" && number >= 0) numbers.set(number, (numbers.get(number) ?? 0) + 1);
      }
    }
    return numbers;
  }

  async tag(lane) {
    return (await this.read()).lanes[lane].tag;
  }

  wrongs() {
    return this.page.run("return window.wrongs?.splice(0) ?? []");
  }

  /** What axe has against the page as it is now. */
  async complaints(axe) {
    await this.page.run(`${axe}; window.axed = null; axe.run().then((told) => { window.axed = told; }, (cause) => { window.axed = { cause: String(cause) }; });`);
    const { cause, passes, violations } = await this.poll("axe's answer", () =>
      this.page.run(
        `return axed && { cause: axed.cause ?? "", passes: axed.passes?.length, violations: axed.violations?.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")) }`,
      ),
    );
    assert.equal(cause, "");
    assert.ok(passes > 10, "axe looked at something");
    return violations;
  }

  async picture(name) {
    // WebKitGTK's driver hangs in a picture of a page that became shorter than it was scrolled.
    if (this.browser === "webkit") return;
    mkdirSync(out, { recursive: true });
    writeFileSync(`${out}${this.browser}-${this.site.emulated ? "emulated-" : ""}${name}.png`, Buffer.from(await this.page.screenshot(), "base64"));
  }
}
