// The cost of a session. The load is in bench/session/src/load.rs.

import { MICROS, TRIPS, bursts } from "./cases.js";
import { Place, quantile } from "./place.js";

const receive = (name, size, count) =>
  bursts(
    `receive ${name}`,
    count,
    (place, count) => place.open("flood", { n: count, size }),
    (line, count) => line.flood(count),
  );

const send = (name, size, count) =>
  bursts(
    `send ${name}`,
    count,
    (place, count) => place.open("sink", { n: count }),
    (line, count) => line.sink("text", size, count),
  );

const LOADS = [
  ["32 B", 32, 8_000],
  ["1 KiB", 1 << 10, 8_000],
];

/** Longer than an acknowledgement may wait. */
const acknowledged = () => new Promise((resolve) => setTimeout(resolve, 500));

/** The bytes of TCP both ways, acknowledgements included. */
const wire = (name, load) => ({
  name: `${name} 2,000 × 1 KiB`,
  count: 2_000,
  fixed: true,
  apart: true,
  every: 12,
  relay: true,
  yields: { "bytes on the wire": { unit: "bytes/message", better: "lower" } },
  async prepare(setting) {
    const place = await new Place(setting).load();
    return { place, line: await place.open(load, { n: setting.count, size: 1 << 10 }), count: setting.count };
  },
  async measure({ place, line, count }) {
    const { bytes: before } = await place.ask("bytes");
    await (load === "flood" ? line.flood(count) : line.sink("text", 1 << 10, count));
    await acknowledged();
    const { bytes } = await place.ask("bytes");
    return { "bytes on the wire": (bytes - before) / count };
  },
});

/** When the last native socket was made: an attempt begins. */
let dialed;

/** Chromium begins no two handshakes to one address within ten milliseconds. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

/**
 * A message is lost on the way to the page, then the connection is: from the next attempt until it is there. After four such
 * connections the session would wait for up to a second, and the first handshake after a second's rest takes 30 ms more,
 * whoever makes it.
 */
const REPLAY = {
  name: "reconnect to first replayed message",
  count: 4,
  fixed: true,
  apart: true,
  every: 12,
  relay: true,
  without: ["steady", "steady-copy"],
  yields: { p50: MICROS },
  async prepare(setting) {
    globalThis.WebSocket = class extends WebSocket {
      constructor(...args) {
        super(...args);
        dialed = performance.now();
      }
    };
    const place = await new Place(setting).load();
    const line = await place.open("flood", { size: 1 << 10 });
    // socket.io recovers no connection over which nothing was sent.
    await line.flood(1);
    return { place, line, count: setting.count };
  },
  async measure({ place, line, count }) {
    const took = [];
    for (let cut = 0; cut < count; cut++) {
      await pause();
      await place.ask("hold");
      const replayed = line.flood(1);
      await place.ask("cut", { after: 1 << 10 });
      await replayed;
      took.push(performance.now() - dialed);
    }
    return { p50: quantile(took, 0.5) * 1000 };
  },
};

export const SESSION = [
  ...LOADS.map((load) => receive(...load)),
  ...LOADS.map((load) => send(...load)),
  TRIPS,
  wire("receive", "flood"),
  wire("send", "sink"),
  REPLAY,
];
