// What is measured; the harness reads the names here too. A case is prepared once in a contender's frame, and then
// measured in every round. A measurement is short, so that the contenders of a round follow each other within seconds.
//
// `yields`: the values that `measure` returns, by name: unit, and which way is better. `count`: what the CPU time of
// `measure` is divided by, in the unit `cpu`, and what --percent cuts, unless `fixed`. `apart`: every measurement needs a
// new page. `every`: it takes long, and is part of every so many rounds only. `nothing`: what `measure` does besides its
// load. `queues`: whoever can't queue waits for `open`. `relay`: the connections go through one. `without`: who does not
// take part. `only`: the group that has it, if one has it alone.

import { payload } from "./line.js";
import { Place, closed, quantile, timed } from "./place.js";
import { growth, queued } from "./growth.js";

const RATE = { unit: "messages/s", better: "higher" };
const MS = { unit: "ms", better: "lower" };
export const MICROS = { unit: "µs", better: "lower" };

/** A measurement is so many bursts: in a long one the browser's processes run beside each other, and costs vary more. */
const BURSTS = 8;

/** Bursts of so many messages in all: `prepare` makes what takes them, `go` lets one burst run, until the last is there. */
export const bursts = (name, count, prepare, go) => ({
  name,
  count,
  yields: { "": RATE },
  cpu: "µs/message",
  async prepare(setting) {
    const each = Math.ceil(setting.count / BURSTS);
    return { each, line: await prepare(await new Place(setting).load(), each) };
  },
  warm: ({ line, each }) => go(line, each),
  async measure({ line, each }) {
    const took = await timed(async () => {
      for (let burst = 0; burst < BURSTS; burst++) await go(line, each);
    });
    return { "": (BURSTS * each * 1000) / took };
  },
});

const receive = (name, kind, size, count) =>
  bursts(
    `receive ${name}`,
    count,
    (place, count) => place.open("flood", { n: count, size, kind, start: "message" }),
    (line, count) => line.flood(count),
  );

/** Until the browser has taken a burst. */
const taken = () => new Promise((resolve) => setTimeout(resolve, 10));

/** No rate: the pauses between the bursts take longer than the bursts. `make` makes what a burst sends. */
const sent = (name, count, { make, send, ...rest }) => ({
  name: `send ${name}`,
  count,
  ...rest,
  yields: { "inside send": { unit: "µs/message", better: "lower" } },
  cpu: "µs/message",
  async prepare(setting) {
    const place = await new Place(setting).load();
    const id = place.tag();
    const state = { place, id, line: await place.open("sink", { id }), each: Math.ceil(setting.count / BURSTS) };
    return { ...state, made: () => make(state.each) };
  },
  async warm(state) {
    // The harness has the server forget what came before.
    state.all = 0;
    await sending(state, [state.made()], send);
    state.next = Array.from({ length: BURSTS }, state.made);
  },
  async measure(state) {
    const took = await sending(state, state.next, send);
    return { "inside send": (took * 1000) / (BURSTS * state.each) };
  },
  nothing: (state) => sending({ ...state, all: 0 }, Array(BURSTS).fill(), () => {}, 0),
});

/** Returns the milliseconds inside `send`. */
async function sending(state, all, send, each = state.each) {
  let took = 0;
  for (const messages of all) {
    took += await timed(() => send(state.line, messages, each));
    await taken();
  }
  state.all += all.length * each;
  await state.place.arrived(state.id, state.all);
  return took;
}

const send = (name, kind, size, _, count) =>
  sent(name, count, { make: () => {}, send: (line, _, each) => line.send(kind, size, each) });

/**
 * How many are received, and sent: multiples of the bursts. A burst of 64 KiB messages stays below the high-water mark, because
 * under pressure timers cost most.
 */
const LOADS = [
  ["32 B text", "text", 32, 8_000, 2_000],
  ["32 B binary", "binary", 32, 8_000, 2_000],
  ["64 KiB binary", "binary", 1 << 16, 400, 104],
  ["32 B non-ASCII text", "unicode", 32, 8_000, 2_000],
];

/** Each buffer is handed over for good. The platform ignores the option, and copies. From Rust, messages are moved. */
const GIVE = sent("64 KiB binary, handed over", 104, {
  only: "js",
  make: (count) => Array.from({ length: count }, () => payload.binary(1 << 16)),
  send: (line, buffers) => line.give(buffers),
});

export const TRIPS = {
  name: "ping-pong",
  count: 600,
  yields: { p50: MICROS, p99: MICROS },
  cpu: "µs/message",
  async prepare(setting) {
    const place = await new Place(setting).load();
    return { line: await place.open("echo"), count: setting.count };
  },
  warm: ({ line, count }) => line.trips(count),
  async measure({ line, count }) {
    const took = await line.trips(count);
    return { p50: quantile(took, 0.5) * 1000, p99: quantile(took, 0.99) * 1000 };
  },
};

const OPEN = {
  name: "new to open",
  count: 16,
  yields: { "": MS },
  prepare: async (setting) => ({ place: await new Place(setting).load(), count: setting.count }),
  warm: ({ place, count }) => cycles(place, count),
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
  count: 16,
  yields: { "": MS },
  prepare: async (setting) => ({ place: await new Place(setting).load(), count: setting.count }),
  warm: ({ place, count }) => cycles(place, count),
  measure: async ({ place, count }) => ({ "": (await timed(() => cycles(place, count))) / count }),
};

/** The harness measures the heap before and after, each time after a forced collection. */
const MEMORY = {
  name: "500 connect/drop cycles",
  count: 500,
  fixed: true,
  apart: true,
  every: 12,
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
  every: 3,
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
  every: 3,
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
  every: 12,
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
