// One socket in a page that is suspended and resumed by `lifecycle.mjs`, which reads the results here.

import { listen, note, wakes } from "./wakes.js";

let run;
const made = () => run?.connections.length ?? 0;
listen(made);
const { Run } = await import("./run.js");
const { ready } = await import("./subjects.js");
await ready();

/** Long enough that no socket reconnects within 100 ms by chance. */
const LADDER = [20_000, 30_000];
const seen = { offline: 0, freeze: 0, pagehide: 0 };
for (const type of ["offline", "pagehide"]) globalThis.addEventListener(type, () => seen[type]++);
document.addEventListener("freeze", () => seen.freeze++);

window.life = {
  async start(subject, server) {
    run = new Run({ name: "asleep", ladder: LADDER }, subject, "lifecycle", server);
    run.begin();
    await run.flowing();
    return run.id;
  },
  /** Another socket, which has timers. */
  async beside(subject, server) {
    const other = new Run({ name: "awake", beats: 40 }, subject, "lifecycle", server);
    other.begin();
    await other.flowing();
    other.done = true;
  },
  strikes: () => run.strikes(),
  seen,
  /** The state of the socket, and its events. */
  look: () => ({
    wakes,
    hidden: document.hidden,
    online: navigator.onLine,
    state: run.socket.readyState,
    made: made(),
    alive: run.connections.filter(({ opened, ended }) => opened && !ended).length,
    waits: run.trace.filter(({ type }) => type === "reconnecting").length,
    recovered: Boolean(run.recovered),
  }),
  /** The wall clock goes on without the page: what a machine's sleep looks like from inside. */
  jump(ms) {
    const { now } = Date;
    Date.now = () => now() + ms;
    note("clock", made);
  },
  finish: () => run.finish(),
};
