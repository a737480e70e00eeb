// The memory of a server with idle connections. Linux only: other systems do not report it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { progress } from "./progress.mjs";
import { roundsOf } from "./rounds.mjs";
import { sessionServer, source } from "./session.mjs";

const CLIENTS = fileURLToPath(new URL("../js/session/idle.js", import.meta.url));
const COUNT = 10_000;

/** The name of the case, for `--only`. */
export const IDLE = `${COUNT.toLocaleString("en")} idle sessions, memory of the server`;

/** Every contender in its turn, its server in a process of its own. */
export async function idle(plan) {
  if (process.platform !== "linux") return [];
  const names = plan.contenders.filter(({ group }) => group === "session").map(({ name }) => name);
  const found = new Map(names.map((name) => [name, []]));
  const shown = progress(`session: ${IDLE}`);
  for (let round = 0; round < roundsOf(plan.rounds, { every: 12 }); round++) {
    for (const name of names) found.get(name).push(await kept(plan, name));
  }
  shown.done();
  const kind = { group: "session", case: IDLE, unit: "bytes/session", better: "lower" };
  return names.map((contender) => ({ ...kind, contender, values: found.get(contender) }));
}

/** Bytes of the server's resident memory for each connection. */
async function kept(plan, contender) {
  const server = await sessionServer(plan, contender, {});
  try {
    const before = await settled(server);
    const clients = spawn(process.execPath, [CLIENTS, source(contender), server.ws, COUNT], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = await Promise.race([once(createInterface(clients.stdout), "line"), once(clients, "exit")]);
    if (line !== "open") throw new Error(`the idle clients of ${contender} ended: ${line}`);
    const after = await settled(server);
    clients.stdin.end();
    await once(clients, "exit");
    return (after - before) / COUNT;
  } finally {
    await server.stop();
  }
}

/** The resident memory after a collection, which Node's server makes when it is told to. */
async function settled({ pid, collect }) {
  collect();
  await pause(1_000);
  return Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) * 1024;
}
