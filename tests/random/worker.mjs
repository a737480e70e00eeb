// Runs lives one after another until one fails; `run.mjs` starts it and reports the failure.
//
//   node --expose-gc tests/random/worker.mjs SEED LIVES [trace]

import { setMaxListeners } from "node:events";
import { NativeWebSocket } from "./native.mjs";
import { install, world } from "./world.mjs";

const pause = setTimeout;
const LONGEST_COMPILATION = 1_000;
/** Between two looks at what was collected. */
const BATCH = 200;
const [first, count, trace] = [...process.argv.slice(2, 4).map(Number), process.argv[4]];

// Many sockets share a signal here.
setMaxListeners(0);
// Stack traces cost more than most of the run, so only a single life has them.
Error.stackTraceLimit = trace ? 10 : 0;
install({ WebSocket: NativeWebSocket });
const { SteadyWebSocket, WebSocket } = await import("../../pkg/index.js");
const { Life, eternalListeners } = await import("./life.mjs");

const refs = [];

async function live(seed) {
  const life = new Life(seed, { SteadyWebSocket, WebSocket });
  if (trace) world.log = [];
  try {
    await life.run();
  } catch (cause) {
    world.fail(`the driver itself: ${cause?.stack ?? cause}`);
  }
  for (const ref of life.refs()) refs.push({ seed, ref });
}

/** The life with something that is not collected, if any. */
async function leak() {
  for (let patience = 1; ; patience *= 2) {
    await world.settle();
    gc();
    await world.settle();
    const left = refs.filter(({ ref }) => ref.deref());
    if (!left.length && !eternalListeners()) return refs.splice(0) && undefined;
    if (patience > LONGEST_COMPILATION) return left[0] ?? { seed: first, listeners: true };
    // The engine keeps compiled code in another thread.
    await new Promise((resolve) => pause(resolve, patience));
  }
}

function failed(seed, text) {
  const lines = world.log?.slice(-30).join("\n") ?? "";
  process.stdout.write(`${JSON.stringify({ seed, text, lines })}\n`, () => process.exit(1));
}

async function run() {
  for (let seed = first; seed < first + count; seed++) {
    await live(seed);
    if (world.failure) return failed(seed, world.failure);
    if ((seed - first + 1) % BATCH && seed < first + count - 1) continue;
    world.forget();
    const left = await leak();
    if (!left) continue;
    return failed(left.seed, left.listeners ? "a listener is left on a signal that goes on" : `not collected: ${left.ref.deref()?.constructor.name}`);
  }
  process.exit(0);
}

await run();
