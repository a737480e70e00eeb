// How cost grows: with sockets, with the size of a message, with the length of a queue.

import { Place, timed } from "./place.js";

const MICROS = { "": { unit: "µs/message", better: "lower" } };

/** Chromium lets a profile have 255 WebSockets. */
const SOCKETS = [1, 10, 50, 100, 200, 250];
const SIZES = [1, 1 << 8, 1 << 12, 1 << 16, 1 << 20, 1 << 24];
const LENGTHS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

const sockets = (count) => ({
  name: `growth: sockets, ${count}`,
  growth: ["sockets", count],
  yields: { "": { unit: "ms", better: "lower" } },
  count,
  fixed: true,
  prepare: async (setting) => new Place(setting).load(),
  async measure(place) {
    let lines;
    const took = await timed(async () => {
      lines = await Promise.all(Array.from({ length: count }, () => place.open("echo")));
      await Promise.all(lines.map((line) => line.trips(1)));
    });
    for (const line of lines) line.close();
    return { "": took };
  },
});

const sizes = (size) => ({
  name: `growth: message size, ${size}`,
  growth: ["message size", size],
  yields: MICROS,
  count: Math.max(4, Math.min(20_000, (1 << 26) / size)),
  fixed: true,
  async prepare(setting) {
    const place = await new Place(setting).load();
    const line = await place.open("flood", { n: setting.count, size, kind: "binary", start: "message" });
    await line.flood(setting.count);
    return { line, count: setting.count };
  },
  measure: async ({ line, count }) => ({ "": ((await timed(() => line.flood(count))) * 1000) / count }),
});

const lengths = (length) => ({
  name: `growth: queue length, ${length}`,
  growth: ["queue length", length],
  yields: MICROS,
  count: length,
  fixed: true,
  queues: true,
  prepare: async (setting) => ({ place: await new Place(setting).load(), setting }),
  async measure({ place, setting }) {
    const id = place.tag();
    const line = place.make(place.address("sink", { id }));
    if (setting.waits) await line.opened;
    const took = await timed(async () => {
      const sent = line.send("text", 32, length);
      await line.opened;
      await sent;
      await place.arrived(id, length);
    });
    return { "": (took * 1000) / length };
  },
});

export const growth = [...SOCKETS.map(sockets), ...SIZES.map(sizes), ...LENGTHS.map(lengths)];
