// What a page's harness said, in numbers; and where two classes differ.

const SUBTEST = ["pass", "fail", "timeout", "notrun", "precondition_failed"];
const HARNESS = ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"];

/** One page with one class. `replaced`: the class had to be put in place. */
export function summarise(report, name, replaced) {
  const result = { harness: report ? HARNESS[report.status] : "TIMEOUT", notPassed: [] };
  for (const key of SUBTEST) result[key] = 0;
  const problem = report ? report.message || report.replaceError : "no report from the page";
  if (problem) result.message = problem;
  // In a worker a failed replacement throws; in a window nothing but this would show it.
  if (replaced && report && !/\.(shared)?worker\.html$/.test(name) && !report.replaced) {
    return { ...result, harness: "NOT REPLACED" };
  }
  for (const { name: subtest, status, message } of report?.subtests ?? []) {
    result[SUBTEST[status]]++;
    if (status) result.notPassed.push({ name: subtest, status: SUBTEST[status], message });
  }
  return result;
}

const failing = ({ notPassed }) => new Set(notPassed.map(({ name }) => name));

/** What a class fails that native does not. */
export const lost = (native, other) => [...failing(other)].filter((name) => !failing(native).has(name));

export const isWorse = (native, other) =>
  lost(native, other).length > 0 || other.pass < native.pass || (native.harness === "OK" && other.harness !== "OK");

const isBetter = (native, other) => !isWorse(native, other) && other.pass > native.pass;

/** All pages together, with the native class and those compared with it. */
export function total(pages, compared) {
  const sum = (key) => {
    const counts = { pages: pages.length, harnessOk: 0 };
    for (const name of SUBTEST) counts[name] = 0;
    for (const page of pages) {
      counts.harnessOk += page[key].harness === "OK";
      for (const name of SUBTEST) counts[name] += page[key][name];
    }
    return counts;
  };
  const totals = { native: sum("native") };
  for (const key of compared) {
    const count = (test) => pages.filter((page) => test(page.native, page[key])).length;
    totals[key] = { ...sum(key), worse: count(isWorse), better: count(isBetter) };
  }
  return totals;
}

const row = (cells) => cells.map((cell, at) => (at ? String(cell).padStart(10) : String(cell).padEnd(64))).join(" ").trimEnd();

/** The table of one class: a line per file that differs, what is lost beneath it, and the totals. */
export function table(pages, totals, key) {
  const lines = [];
  const files = Map.groupBy?.(pages, ({ file }) => file) ?? group(pages);
  for (const [file, of] of files) {
    const differing = of.filter((page) => isWorse(page.native, page[key]) || isBetter(page.native, page[key]));
    if (!differing.length) continue;
    const { native, [key]: other } = total(of, [key]);
    lines.push(row([file, `${native.pass}/${native.fail}`, `${other.pass}/${other.fail}`]));
    for (const { page, native, [key]: other } of differing) {
      const what = isWorse(native, other) ? "worse" : "better";
      lines.push(`  ${what}: ${page} (${native.harness} ${native.pass}, ${key} ${other.harness} ${other.pass})`);
      for (const name of lost(native, other)) lines.push(`    ${name}`);
    }
  }
  if (lines.length) lines.unshift(row(["file that differs (passed/failed)", "native", key]));
  else lines.push("No file differs.");
  lines.push("", row(["total", "native", key]));
  for (const name of Object.keys(totals.native)) lines.push(row([`  ${name}`, totals.native[name], totals[key][name]]));
  lines.push(row(["  pages worse than native", "", totals[key].worse]), row(["  pages better than native", "", totals[key].better]));
  return lines.join("\n");
}

function group(pages) {
  const files = new Map();
  for (const page of pages) files.set(page.file, [...(files.get(page.file) ?? []), page]);
  return files;
}
