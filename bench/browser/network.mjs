// The emulated network in Node, beside the mocks that tests use instead.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { progress } from "./progress.mjs";
import { roundsOf } from "./rounds.mjs";

const RUN = fileURLToPath(new URL("../js/network/run.js", import.meta.url));

/** The group is measured as a whole or not at all; what --only finds it by. */
export const NETWORK = "lives, messages";

/** Every contender in its turn, each in a process of its own. */
export function network({ contenders, rounds, percent }) {
  const part = (count) => String(Math.ceil((count * percent) / 100));
  const names = contenders.filter(({ group }) => group === "network").map(({ name }) => name);
  const found = new Map(names.map((name) => [name, { lives: [], nanoseconds: [] }]));
  const shown = progress("network");
  for (let round = 0; round < roundsOf(rounds, { every: 12 }); round++) {
    for (const name of names) {
      const printed = execFileSync(process.execPath, ["--no-warnings", RUN, name, part(10_000), part(50_000)], { encoding: "utf8" });
      const { lives, nanoseconds } = JSON.parse(printed);
      found.get(name).lives.push(lives);
      found.get(name).nanoseconds.push(nanoseconds);
    }
  }
  shown.done();
  const series = (name, unit, better, values) =>
    names.map((contender) => ({ group: "network", case: name, contender, unit, better, values: values(found.get(contender)) }));
  return [
    ...series("open, echo a message, close", "lives/s", "higher", ({ lives }) => lives),
    ...series("echo a message", "ns/message", "lower", ({ nanoseconds }) => nanoseconds),
  ];
}
