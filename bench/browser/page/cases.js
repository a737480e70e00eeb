// What is measured. A case is prepared and measured in a page of its own; the harness reads its names here too.
//
// `yields`: the values that `measure` returns, by name: unit, and which way is better. `count`: what the CPU time of
// `measure` is divided by, and what --quick divides, unless `fixed`. `queues`: whoever can't queue waits for `open`.

import { Place, quantile, timed } from "./place.js";
import { growth } from "./growth.js";

const RATE = { unit: "messages/s", better: "higher" };
const MS = { unit: "ms", better: "lower" };
const MICROS = { unit: "µs", better: "lower" };

const small = { text: 32, binary: 32, unicode: 32 };

function receive(name, kind, size, count) {
  return {
    name: `receive ${name}`,
    count,
    yields: { "": RATE },
    cpu: true,
    async prepare(setting) {
      const { count } = setting;
      const place = await new Place(setting).load();
      const warm = await place.open("flood", { n: Math.ceil(count / 10), size, kind, start: "message" });
      await warm.flood(Math.ceil(count / 10));
      warm.close();
      return { count, line: await place.open("flood", { n: count, size, kind, start: "message" }) };
    },
    async measure({ count, line }) {
      return { "": count / (await timed(() => line.flood(count))) * 1000 };
    },
  };
}

function send(name, kind, size, count) {
  return {
    name: `send ${name}`,
    count,
    yields: { "": RATE },
    cpu: true,
    async prepare(setting) {
      const { count } = setting;
      const place = await new Place(setting).load();
      const id = place.tag();
      const line = await place.open("sink", { id });
      const warm = Math.ceil(count / 10);
      await line.send(kind, size, warm);
      await place.arrived(id, warm);
      return { count, warm, place, id, line };
    },
    async measure({ count, warm, place, id, line }) {
      const took = await timed(async () => {
        await line.send(kind, size, count);
        await place.arrived(id, warm + count);
      });
      return { "": (count / took) * 1000 };
    },
  };
}

const TRIPS = {
  name: "ping-pong",
  count: 2_000,
  yields: { p50: MICROS, p99: MICROS },
  cpu: true,
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
    for (let at = 0; at < 5; at++) (await place.open("echo")).close();
    return { place, count: setting.count };
  },
  async measure({ place, count }) {
    const took = [];
    for (let at = 0; at < count; at++) {
      let line;
      took.push(await timed(async () => (line = await place.open("echo"))));
      line.close();
    }
    return { "": quantile(took, 0.5) };
  },
};

/** The harness measures the heap before and after, each time after a forced collection. */
const CYCLES = {
  name: "1,000 connect/drop cycles",
  count: 1_000,
  yields: { "per cycle": MS },
  memory: true,
  async prepare(setting) {
    const place = await new Place(setting).load();
    const cycle = async (count) => {
      for (let at = 0; at < count; at++) (await place.open("echo")).close();
      await new Promise((resolve) => setTimeout(resolve, 200));
    };
    await cycle(200);
    window.wasmBytes = place.wasmBytes;
    return { cycle, count: setting.count };
  },
  async measure({ cycle, count }) {
    return { "per cycle": ((await timed(() => cycle(count))) - 200) / count };
  },
};

const MANY = {
  name: "200 sockets",
  count: 200,
  fixed: true,
  yields: { "all open": MS, "round trips": { unit: "messages/s", better: "higher" } },
  cpu: true,
  prepare: async (setting) => ({ place: await new Place(setting).load(), count: setting.count }),
  async measure({ place, count }) {
    let lines;
    const open = await timed(async () => {
      lines = await Promise.all(Array.from({ length: count }, () => place.open("echo")));
    });
    const trips = 50;
    const took = await timed(() => Promise.all(lines.map((line) => line.trips(trips))));
    for (const line of lines) line.close();
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

/** Sent before the connection is there. */
const QUEUE = {
  name: "queue 1,000,000, then flush",
  count: 1_000_000,
  yields: { "": RATE },
  cpu: true,
  queues: true,
  prepare: async (setting) => ({ place: await new Place(setting).load(), setting }),
  async measure({ place, setting: { count, waits } }) {
    const id = place.tag();
    const took = await timed(async () => {
      const line = place.make(place.address("sink", { id }));
      if (waits) await line.opened;
      const sent = line.send("text", 32, count);
      await line.opened;
      await sent;
      await place.arrived(id, count);
    });
    return { "": (count / took) * 1000 };
  },
};

export const CASES = [
  receive("200,000 × 32 B text", "text", small.text, 200_000),
  receive("200,000 × 32 B binary", "binary", small.binary, 200_000),
  receive("2,000 × 64 KiB binary", "binary", 1 << 16, 2_000),
  receive("200,000 × 32 B non-ASCII text", "unicode", small.unicode, 200_000),
  send("200,000 × 32 B text", "text", small.text, 200_000),
  send("200,000 × 32 B binary", "binary", small.binary, 200_000),
  send("2,000 × 64 KiB binary", "binary", 1 << 16, 2_000),
  send("200,000 × 32 B non-ASCII text", "unicode", small.unicode, 200_000),
  TRIPS,
  OPEN,
  CYCLES,
  MANY,
  IMPORT,
  QUEUE,
  ...growth,
];
