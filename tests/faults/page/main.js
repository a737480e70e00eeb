// The matrix: every fault for every subject, in lanes that share the work. The query selects what runs.

import { Chance } from "./chance.js";
import { faults } from "./faults.js";
import { PairRun } from "./pair.js";
import { Run } from "./run.js";
import { ready, subjects } from "./subjects.js";

/** No run takes so long: one that does is a failure, and not the end of the others. */
const LIMIT = 240_000;

const query = new URLSearchParams(location.search);
const servers = JSON.parse(query.get("servers"));
const only = new RegExp(query.get("only") ?? "");
const seed = query.get("seed");

/** Every run there is to make, shuffled, so that no lane has all of the slow ones. */
function work() {
  const pairs = faults.flatMap((fault) => Object.keys(subjects).map((subject) => ({ fault, subject })));
  const rows = pairs.filter(({ fault, subject }) => only.test(`${fault.name}: ${subject}`));
  const runs = Number(query.get("runs") ?? Math.ceil(query.get("faults") / rows.length));
  const all = rows.flatMap(({ fault, subject }) =>
    Array.from({ length: runs }, (_, at) => ({ fault, subject, seed: `${seed}/${fault.name}/${subject}/${at + 1}` })),
  );
  const chance = new Chance(seed);
  for (let at = all.length - 1; at > 0; at--) {
    const other = chance.between(0, at);
    [all[at], all[other]] = [all[other], all[at]];
  }
  return all;
}

/** The outcome as numbers that can be summed, and violations in words; of a pair, for each direction. */
async function run(fault, subject, seed, server) {
  const Kind = subjects[subject].pair ? PairRun : Run;
  for (let tries = 1; ; tries++) {
    const found = [await new Kind(fault, subject, seed, server).go()].flat();
    // On a busy machine the connection that should meet the fault may have timed out.
    if (found[0].met || tries === 2) return found.map((outcome) => ({ fault: fault.name, subject, seed, ...outcome }));
  }
}

async function attempt({ fault, subject, seed }, server) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still running after ${LIMIT / 1000} s`)), LIMIT);
  });
  try {
    return await Promise.race([run(fault, subject, seed, server), late]);
  } catch (cause) {
    return [{ fault: fault.name, subject, seed, broken: `${cause?.stack ?? cause}` }];
  } finally {
    clearTimeout(timer);
  }
}

try {
  await ready();
  const all = work();
  window.planned = all.length;
  const lane = async (server) => {
    for (let one; (one = all.pop()); ) window.results.push(...(await attempt(one, server)));
  };
  await Promise.all(servers.map(lane));
} catch (cause) {
  window.results.push({ broken: `${cause?.stack ?? cause}` });
}
window.done = true;
