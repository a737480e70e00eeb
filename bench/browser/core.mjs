// The core alone, natively and as wasm.

import { execFileSync } from "node:child_process";
import { Page } from "../../tests/browser/webdriver.mjs";
import { progress } from "./progress.mjs";

const RUN = `return (async () => {
  const module = await import("/rust/core/core.js");
  await module.default();
  const found = [];
  for (let at = 0, name; (name = module.name(at)); at++) found.push({ name, value: module.quickest(at) });
  return found;
})()`;

/** The group is measured as a whole or not at all; what --only finds it by. */
export const CORE = "inbound, outbound";

/** One value each: the quickest of several runs. */
export async function core(plan, server) {
  const series = [];
  const add = (name, contender, unit, value) =>
    series.push({ group: "core", case: name, contender, unit, better: "lower", values: [value] });
  const shown = progress("core: native");
  // Counting takes minutes.
  const said = execFileSync(plan.core, plan.percent < 100 ? [] : ["--instructions"], { encoding: "utf8" });
  for (const { case: name, value, unit } of JSON.parse(said)) {
    add(unit.startsWith("ns") ? name : `${name}, instructions`, "native", unit, value);
  }
  shown.done();
  const inPage = progress("core: wasm");
  const page = await Page.open(plan.browser);
  try {
    await page.patience(600_000);
    await page.go(`${server.http}/index.html`);
    for (const { name, value } of await page.run(RUN)) add(name, "wasm", "ns/message", value);
  } finally {
    await page.close();
  }
  inPage.done();
  const names = [...new Set(series.map((one) => one.case))];
  return names.flatMap((name) => series.filter((one) => one.case === name));
}
