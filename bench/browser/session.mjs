// The servers of the group `session`, each in a process of its own for each measurement.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { relayed } from "./relay.mjs";

const SOCKET_IO = fileURLToPath(new URL("../js/session/server.js", import.meta.url));

/** What a contender is built from: a copy has nothing of its own. */
export const source = (contender) => contender.replace(/-copy$/, "");

/** Returns the command that serves a contender. */
const command = (program, contender) =>
  ({
    steady: [program, "plain"],
    session: [program, "session"],
    "socket.io": [process.execPath, "--expose-gc", SOCKET_IO],
  })[source(contender)];

/** Starts the server of a contender, behind a relay if the case wants one: addresses, its process, and how to end it. */
export async function sessionServer({ session }, contender, { relay }) {
  const [program, ...args] = command(session, contender);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [ws] = await once(createInterface(child.stdout), "line");
  const before = relay ? await relayed({ ws }) : undefined;
  return {
    ws,
    pid: child.pid,
    ...before,
    /** Has Node collect its garbage. */
    collect: () => program === process.execPath && child.stdin.write("\n"),
    async stop() {
      before?.stop();
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
