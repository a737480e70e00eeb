// What is measured. A case is prepared and measured in a page of its own; the harness reads its names here too.
//
// `yields`: the values that `measure` returns, by name: unit, and which way is better. `count`: what the CPU time of
// `measure` is divided by, in the unit `cpu`, and what --percent cuts, unless `fixed`. `queues`: whoever can't queue waits for `open`.
// `relay`: the connections go through one. `without`: who does not take part.

import { Place, closed, quantile, timed } from "./place.js";
import { growth, queued } from "./growth.js";

const RATE = { unit: "messages/s", better: "higher" };
const MS = { unit: "ms", better: "lower" };
export const MICROS = { unit: "µs", better: "lower" };

/** Enough for the browser to have compiled what runs. */
export const warm = (count) => Math.min(5_000, Math.ceil(count / 10));

/** One burst: `prepare` makes it ready, `go` lets it run, until the last message is there. */
export const burst = (name, count, prepare, go) => ({
  name,
  count,
  yields: { "": RATE },
  cpu: "µs/message",
  prepare: async (setting) => ({ ...(await prepare(await new Place(setting).load(), setting.count)), ...setting }),
  measure: async (state) => ({ "": (state.count / (await timed(() => go(state)))) * 1000 }),
});

const receive = (name, kind, size, count) =>
  burst(
    `receive ${name}`,
    count,
    async (place, count) => {
      const flood = (n) => place.open("flood", { n, size, kind, start: "message" });
      const few = await flood(warm(count));
      await few.flood(warm(count));
      few.close();
      return { line: await flood(count) };
    },
    ({ line, count }) => line.flood(count),
  );

const send = (name, kind, size, count) =>
  burst(
    `send ${name}`,
    count,
    async (place, count) => {
      const id = place.tag();
      const line = await place.open("sink", { id });
      await line.send(kind, size, warm(count));
      await place.arrived(id, warm(count));
      return { place, id, line };
    },
    async ({ place, id, line, count }) => {
      await line.send(kind, size, count);
      await place.arrived(id, warm(count) + count);
    },
  );

const LOADS = [
  ["200,000 × 32 B text", "text", 32, 200_000],
  ["200,000 × 32 B binary", "binary", 32, 200_000],
  ["2,000 × 64 KiB binary", "binary", 1 << 16, 2_000],
  ["50,000 × 32 B non-ASCII text", "unicode", 32, 50_000],
];

export const TRIPS = {
  name: "ping-pong",
  count: 2_000,
  yields: { p50: MICROS, p99: MICROS },
  cpu: "µs/message",
  async prepare(setting) {
    const place = await new Place(setting).load();
    const line = await place.open("echo");
    await line.trips(200);
    return { line, count: setting.count };
  },
  async measure({ line, count }) {
    const took = await line.trips(count);
    return { p50: quantile(took, 0.5) * 1000, p99: quantile(took, 0.99) * 1000 };
  },
};

const OPEN = {
  name: "new to open",
  count: 100,
  yields: { "": MS },
  async prepare(setting) {
    const place = await new Place(setting).load();
    for (let at = 0; at < 5; at++) (await place.echo()).close();
    return { place, count: setting.count };
  },
  async measure({ place, count }) {
    const took = [];
    for (let at = 0; at < count; at++) {
      let line;
      took.push(await timed(async () => (line = await place.echo())));
      line.close();
    }
    return { "": quantile(took, 0.5) };
  },
};

/** The harness measures the heap before and after, each time after a forced collection. */
const CYCLES = {
  name: "500 connect/drop cycles",
  count: 500,
  fixed: true,
  yields: { "per cycle": MS },
  memory: true,
  async prepare(setting) {
    const place = await new Place(setting).load();
    const cycle = async (count) => {
      for (let at = 0; at < count; at++) (await place.echo()).close();
    };
    const settled = () => new Promise((resolve) => setTimeout(resolve, 200));
    await cycle(500);
    await settled();
    window.wasmBytes = place.wasmBytes;
    return { cycle, settled, count: setting.count };
  },
  async measure({ cycle, settled, count }) {
    const took = await timed(() => cycle(count));
    await settled();
    return { "per cycle": took / count };
  },
};

const MANY = {
  name: "200 sockets",
  count: 200,
  fixed: true,
  yields: { "all open": MS, "round trips": { unit: "messages/s", better: "higher" } },
  cpu: "µs/socket",
  prepare: async (setting) => ({ place: await new Place(setting).load(), count: setting.count }),
  async measure({ place, count }) {
    let lines;
    const open = await timed(async () => (lines = await place.echoes(count)));
    const trips = 50;
    const took = await timed(() => Promise.all(lines.map((line) => line.trips(trips))));
    await closed(lines);
    return { "all open": open, "round trips": ((count * trips) / took) * 1000 };
  },
};

const IMPORT = {
  name: "import to first socket",
  count: 1,
  fixed: true,
  yields: { "": MS },
  prepare: async (setting) => new Place(setting),
  measure: async (place) => ({
    "": await timed(async () => {
      await place.load();
      await place.open("echo");
    }),
  }),
};

/** Sent before the connection is there. It is the last point of a plot, too. */
const QUEUE = {
  name: "queue 1,000,000, then flush",
  count: 1_000_000,
  yields: { "": RATE, each: { unit: "µs/message", better: "lower", growth: ["queue length", 1_000_000] } },
  cpu: "µs/message",
  queues: true,
  prepare: async (setting) => ({ place: await new Place(setting).load(), ...setting }),
  async measure(state) {
    const took = await queued(state);
    return { "": (state.count / took) * 1000, each: (took * 1000) / state.count };
  },
};

export const CASES = [
  ...LOADS.map((load) => receive(...load)),
  ...LOADS.map((load) => send(...load)),
  TRIPS,
  OPEN,
  CYCLES,
  MANY,
  IMPORT,
  QUEUE,
  ...growth,
];
