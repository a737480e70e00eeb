// What a page's harness said, in numbers; and where two classes differ.

const SUBTEST = ["pass", "fail", "timeout", "notrun", "precondition_failed"];
const HARNESS = ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"];

/** One page with one class. `ours`: the class had to be put in place. */
export function summarise(report, name, ours) {
  const result = { harness: report ? HARNESS[report.status] : "TIMEOUT", notPassed: [] };
  for (const key of SUBTEST) result[key] = 0;
  const problem = report ? report.message || report.replaceError : "no report from the page";
  if (problem) result.message = problem;
  // In a worker a failed replacement throws; in a window nothing but this would show it.
  if (ours && report && !/\.(shared)?worker\.html$/.test(name) && !report.replaced) {
    return { ...result, harness: "NOT REPLACED" };
  }
  for (const { name: subtest, status, message } of report?.subtests ?? []) {
    result[SUBTEST[status]]++;
    if (status) result.notPassed.push({ name: subtest, status: SUBTEST[status], message });
  }
  return result;
}

const failing = ({ notPassed }) => new Set(notPassed.map(({ name }) => name));

/** What ours fails that native does not. */
export const lost = (native, ours) => [...failing(ours)].filter((name) => !failing(native).has(name));

export const isWorse = (native, ours) =>
  lost(native, ours).length > 0 || ours.pass < native.pass || (native.harness === "OK" && ours.harness !== "OK");

const isBetter = (native, ours) => !isWorse(native, ours) && ours.pass > native.pass;

/** All pages together. */
export function total(pages) {
  const sum = (key) => {
    const counts = { pages: pages.length, harnessOk: 0 };
    for (const name of SUBTEST) counts[name] = 0;
    for (const page of pages) {
      counts.harnessOk += page[key].harness === "OK";
      for (const name of SUBTEST) counts[name] += page[key][name];
    }
    return counts;
  };
  const count = (test) => pages.filter(({ native, ours }) => test(native, ours)).length;
  return { native: sum("native"), ours: sum("ours"), worse: count(isWorse), better: count(isBetter) };
}

const row = (cells) => cells.map((cell, at) => (at ? String(cell).padStart(10) : String(cell).padEnd(64))).join(" ").trimEnd();

/** The table: a line per file that differs, what is lost beneath it, and the totals. */
export function table(pages, totals) {
  const lines = [];
  const files = Map.groupBy?.(pages, ({ file }) => file) ?? group(pages);
  for (const [file, of] of files) {
    const differing = of.filter(({ native, ours }) => isWorse(native, ours) || isBetter(native, ours));
    if (!differing.length) continue;
    const { native, ours } = total(of);
    lines.push(row([file, `${native.pass}/${native.fail}`, `${ours.pass}/${ours.fail}`]));
    for (const page of differing) {
      const what = isWorse(page.native, page.ours) ? "worse" : "better";
      lines.push(`  ${what}: ${page.page} (${page.native.harness} ${page.native.pass}, ours ${page.ours.harness} ${page.ours.pass})`);
      for (const name of lost(page.native, page.ours)) lines.push(`    ${name}`);
    }
  }
  if (lines.length) lines.unshift(row(["file that differs (passed/failed)", "native", "ours"]));
  else lines.push("No file differs.");
  lines.push("", row(["total", "native", "ours"]));
  for (const key of Object.keys(totals.native)) lines.push(row([`  ${key}`, totals.native[key], totals.ours[key]]));
  lines.push(row(["  pages worse than native", "", totals.worse]), row(["  pages better than native", "", totals.better]));
  return lines.join("\n");
}

function group(pages) {
  const files = new Map();
  for (const page of pages) files.set(page.file, [...(files.get(page.file) ?? []), page]);
  return files;
}
