// How cost grows: with sockets, with the size of a message, with the length of a queue.

import { Place, closed, timed } from "./place.js";

const MICROS = { "": { unit: "µs/message", better: "lower" } };

const SOCKETS = [1, 10, 50, 100, 250, 500, 1_000];
const SIZES = [1, 1 << 8, 1 << 12, 1 << 16, 1 << 20, 1 << 24];
/** The million is a case of its own, in cases.js. */
const LENGTHS = [1, 10, 100, 1_000, 10_000, 100_000];

const EVERY = 24;

/** What is measured together with others, in browsers beside each other, is `shared`: each has its part of `count`. */
const sockets = (count) => ({
  name: `growth: sockets, ${count}`,
  every: EVERY,
  growth: ["sockets", count],
  yields: { "": { unit: "ms", better: "lower" } },
  count,
  fixed: true,
  apart: true,
  shared: true,
  prepare: async (setting) => ({ place: await new Place(setting).load(), count: setting.count }),
  async measure({ place, count }) {
    let lines;
    const took = await timed(async () => {
      lines = await place.echoes(count);
      await Promise.all(lines.map((line) => line.trips(1)));
    });
    await closed(lines);
    return { "": took };
  },
});

const sizes = (size) => ({
  name: `growth: message size, ${size}`,
  every: EVERY,
  growth: ["message size", size],
  yields: MICROS,
  count: Math.max(4, Math.min(20_000, (1 << 26) / size)),
  fixed: true,
  apart: true,
  async prepare(setting) {
    const place = await new Place(setting).load();
    const line = await place.open("flood", { n: setting.count, size, kind: "binary", start: "message" });
    await line.flood(setting.count);
    return { line, count: setting.count };
  },
  measure: async ({ line, count }) => ({ "": ((await timed(() => line.flood(count))) * 1000) / count }),
});

/** Milliseconds from the constructor until the server has all that was sent at once. */
export async function queued({ place, count, waits }) {
  const id = place.tag();
  return timed(async () => {
    const line = place.make(place.address("sink", { id }));
    if (waits) await line.opened;
    const sent = line.send("text", 32, count);
    await line.opened;
    await sent;
    await place.arrived(id, count);
  });
}

const lengths = (length) => ({
  name: `growth: queue length, ${length}`,
  every: EVERY,
  growth: ["queue length", length],
  yields: MICROS,
  count: length,
  fixed: true,
  apart: true,
  queues: true,
  prepare: async (setting) => ({ place: await new Place(setting).load(), ...setting }),
  measure: async (state) => ({ "": ((await queued(state)) * 1000) / length }),
});

export const growth = [...SOCKETS.map(sockets), ...SIZES.map(sizes), ...LENGTHS.map(lengths)];
