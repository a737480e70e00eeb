// Formats the matrix: sums of runs, and violations.

const SUMS = ["met", "accepted", "delivered", "twice", "discarded", "inDoubt", "onTheWire", "lost", "connections", "illegal"];
const HEADS = {
  fault: "fault",
  subject: "class",
  runs: "runs",
  met: "met",
  accepted: "accepted",
  delivered: "delivered",
  twice: "twice",
  discarded: "discarded",
  inDoubt: "in doubt",
  onTheWire: "on the wire",
  lost: "lost",
  recovery: "back in ms",
  connections: "connections",
  illegal: "illegal",
};
export const OURS = ["strict", "steady", "Rust", "session", "session, to the server", "session, to the client"];

/** One row for every fault and class, in the order of the first argument's runs. */
export function rows(results) {
  const table = new Map();
  for (const result of results) {
    const { fault, subject } = result;
    const key = `${fault}: ${subject}`;
    if (!table.has(key)) {
      table.set(key, { fault, subject, runs: 0, broken: 0, returned: 0, times: [], ...Object.fromEntries(SUMS.map((sum) => [sum, 0])) });
    }
    const row = table.get(key);
    row.runs++;
    if (result.broken) {
      row.broken++;
      continue;
    }
    for (const sum of SUMS) row[sum] += Number(result[sum]);
    if (result.recovery) row.times.push(result.recovery);
  }
  return [...table.values()].map(({ times, ...row }) => ({ ...row, returned: times.length, recovery: median(times) }));
}

export function total(table, subjects, name) {
  const mine = table.filter(({ subject }) => subjects.includes(subject));
  const sum = (field) => mine.reduce((all, row) => all + row[field], 0);
  return {
    fault: "all",
    subject: name,
    ...Object.fromEntries(["runs", "broken", "returned", ...SUMS].map((field) => [field, sum(field)])),
    recovery: median(mine.map(({ recovery }) => recovery).filter((time) => time !== undefined)),
  };
}

function median(times) {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted.length ? Math.round(sorted[sorted.length >> 1]) : undefined;
}

/** Text for a terminal, and Markdown as well. */
export function show(table) {
  const cell = (row, field) => {
    if (field !== "recovery") return `${row[field]}`;
    if (row.recovery === undefined) return "–";
    return row.returned === row.met ? `${row.recovery}` : `${row.recovery} (${row.returned} of ${row.met})`;
  };
  const fields = Object.keys(HEADS);
  const lines = [Object.values(HEADS), ...table.map((row) => fields.map((field) => cell(row, field)))];
  const widths = fields.map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  const words = (at) => at < 2;
  const text = lines.map((line) => `| ${line.map((one, at) => (words(at) ? one.padEnd(widths[at]) : one.padStart(widths[at]))).join(" | ")} |`);
  const rule = `| ${widths.map((width, at) => (words(at) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [text[0], rule, ...text.slice(1)].join("\n");
}
