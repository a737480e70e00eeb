// What a session costs. The load is in bench/session/src/load.rs.

import { TRIPS, burst, warm } from "./cases.js";

const receive = (name, size, count) =>
  burst(
    `receive ${name}`,
    count,
    async (place, count) => {
      const few = await place.open("flood", { n: warm(count), size });
      await few.flood(warm(count));
      few.close();
      return { line: await place.open("flood", { n: count, size }) };
    },
    ({ line, count }) => line.flood(count),
  );

const send = (name, size, count) =>
  burst(
    `send ${name}`,
    count,
    async (place, count) => {
      const few = await place.open("sink", { n: warm(count) });
      await few.sink("text", size, warm(count));
      few.close();
      return { line: await place.open("sink", { n: count }) };
    },
    ({ line, count }) => line.sink("text", size, count),
  );

const LOADS = [
  ["200,000 × 32 B", 32, 200_000],
  ["50,000 × 1 KiB", 1 << 10, 50_000],
];

export const SESSION = [...LOADS.map((load) => receive(...load)), ...LOADS.map((load) => send(...load)), TRIPS];
