// What is measured; the harness reads the names here too. A case is prepared once in a contender's frame, and then
// measured in every round. A measurement is short, so that the contenders of a round follow each other within seconds.
//
// `yields`: the values that `measure` returns, by name: unit, and which way is better. `count`: what the CPU time of
// `measure` is divided by, in the unit `cpu`, and what --percent cuts, unless `fixed`. `apart`: every measurement needs a
// new page. `seldom`: it takes long, and has fewer rounds. `queues`: whoever can't queue waits for `open`. `relay`: the
// connections go through one. `without`: who does not take part. `only`: the group that has it, if one has it alone.

import { payload } from "./line.js";
import { Place, closed, quantile, timed } from "./place.js";
import { growth, queued } from "./growth.js";

const RATE = { unit: "messages/s", better: "higher" };
const MS = { unit: "ms", better: "lower" };
export const MICROS = { unit: "µs", better: "lower" };

/** Enough for the browser to have compiled what runs. */
const few = (count) => Math.ceil(count / 5);

/** One burst: `prepare` makes what takes so many messages, `go` lets them run, until the last is there. */
export const burst = (name, count, prepare, go) => ({
  name,
  count,
  yields: { "": RATE },
  cpu: "µs/message",
  async prepare(setting) {
    const place = await new Place(setting).load();
    const { count } = setting;
    return { count, first: await prepare(place, few(count)), then: await prepare(place, count) };
  },
  warm: ({ first, count }) => go(first, few(count)),
  measure: async ({ then, count }) => ({ "": (count / (await timed(() => go(then, count)))) * 1000 }),
});

const receive = (name, kind, size, count) =>
  burst(
    `receive ${name}`,
    count,
    (place, count) => place.open("flood", { n: count, size, kind, start: "message" }),
    (line, count) => line.flood(count),
  );

const send = (name, kind, size, count) =>
  burst(
    `send ${name}`,
    count,
    async (place) => {
      const id = place.tag();
      return { place, id, line: await place.open("sink", { id }) };
    },
    async ({ place, id, line }, count) => {
      await line.send(kind, size, count);
      await place.arrived(id, count);
    },
  );

const LOADS = [
  ["32 B text", "text", 32, 10_000],
  ["32 B binary", "binary", 32, 10_000],
  ["64 KiB binary", "binary", 1 << 16, 1_000],
  ["32 B non-ASCII text", "unicode", 32, 10_000],
];

/** Each buffer is handed over for good. The platform ignores the option, and copies. From Rust, messages are moved. */
const GIVE = {
  name: "send 64 KiB binary, handed over",
  only: "js",
  count: 1_000,
  yields: { "": RATE },
  cpu: "µs/message",
  async prepare(setting) {
    const place = await new Place(setting).load();
    const id = place.tag();
    return { place, id, line: await place.open("sink", { id }), count: setting.count };
  },
  async warm(state) {
    await given(state, made(few(state.count)));
    state.buffers = made(state.count);
  },
  measure: async (state) => ({ "": (state.count / (await timed(() => given(state, state.buffers)))) * 1000 }),
};

const made = (count) => Array.from({ length: count }, () => payload.binary(1 << 16));

async function given({ place, id, line }, buffers) {
  line.give(buffers);
  await place.arrived(id, buffers.length);
}

export const TRIPS = {
  name: "ping-pong",
  count: 1_000,
  yields: { p50: MICROS, p99: MICROS },
  cpu: "µs/message",
  async prepare(setting) {
    const place = await new Place(setting).load();
    return { line: await place.open("echo"), count: setting.count };
  },
  warm: ({ line, count }) => line.trips(few(count)),
  async measure({ line, count }) {
    const took = await line.trips(count);
    return { p50: quantile(took, 0.5) * 1000, p99: quantile(took, 0.99) * 1000 };
  },
};

const OPEN = {
  name: "new to open",
  count: 40,
  yields: { "": MS },
  prepare: async (setting) => ({ place: await new Place(setting).load(), count: setting.count }),
  warm: ({ place, count }) => cycles(place, few(count)),
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

/** Opens and closes so many, one after the other. */
async function cycles(place, count) {
  for (let at = 0; at < count; at++) (await place.echo()).close();
}

const CYCLE = {
  name: "connect/drop cycle",
  count: 40,
  yields: { "": MS },
  prepare: async (setting) => ({ place: await new Place(setting).load(), count: setting.count }),
  warm: ({ place, count }) => cycles(place, few(count)),
  measure: async ({ place, count }) => ({ "": (await timed(() => cycles(place, count))) / count }),
};

/** The harness measures the heap before and after, each time after a forced collection. */
const MEMORY = {
  name: "500 connect/drop cycles",
  count: 500,
  fixed: true,
  apart: true,
  seldom: true,
  yields: {},
  memory: true,
  async prepare(setting) {
    const place = await new Place(setting).load();
    const settled = () => new Promise((resolve) => setTimeout(resolve, 200));
    await cycles(place, setting.count);
    await settled();
    window.wasmBytes = place.wasmBytes;
    return { place, settled, count: setting.count };
  },
  async measure({ place, settled, count }) {
    await cycles(place, count);
    await settled();
    return {};
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
    const trips = 20;
    const took = await timed(() => Promise.all(lines.map((line) => line.trips(trips))));
    await closed(lines);
    return { "all open": open, "round trips": ((count * trips) / took) * 1000 };
  },
};

const IMPORT = {
  name: "import to first socket",
  count: 1,
  fixed: true,
  apart: true,
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
  apart: true,
  seldom: true,
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
  GIVE,
  TRIPS,
  OPEN,
  CYCLE,
  MEMORY,
  MANY,
  IMPORT,
  QUEUE,
  ...growth,
];
