// MQTT.js takes a function that creates the socket, `createWebsocket`. The broker is mosquitto.

import mqtt from "mqtt";
import { equal, numbers, pattern, until } from "../page/check.js";

/** A connected client, what it hears as [topic, payload], and its sockets. */
async function open(t, options = {}) {
  const seen = { got: [], sockets: [], connected: 0 };
  const client = mqtt.connect(t.url, {
    createWebsocket(url, protocols) {
      const socket = new t.Class(url, protocols);
      seen.sockets.push(socket);
      return socket;
    },
    reconnectPeriod: 200,
    connectTimeout: 5000,
    ...options,
  });
  client.on("message", (topic, payload) => seen.got.push([topic, payload]));
  client.on("connect", () => seen.connected++);
  client.on("error", () => {});
  t.after(() => client.end(true));
  await until(() => seen.connected === 1);
  return { client, seen };
}

const texts = ({ got }) => got.map(([, payload]) => payload.toString());

const all = {
  async "publishes and hears, at every quality of service"(t) {
    const { client, seen } = await open(t);
    equal(seen.sockets[0].protocol, "mqtt");
    await client.subscribeAsync("greeting/+", { qos: 2 });
    for (const qos of [0, 1, 2]) await client.publishAsync(`greeting/${qos}`, `grüße € ${qos}`, { qos });
    await until(() => seen.got.length === 3);
    equal(texts(seen), ["grüße € 0", "grüße € 1", "grüße € 2"]);
  },

  async "2,000 messages in order"(t) {
    const { client, seen } = await open(t);
    await client.subscribeAsync("many", { qos: 1 });
    // The broker drops what overflows its queue, at QoS 0 without notice: a hundred at a time.
    for (let from = 0; from < 2000; from += 100) {
      for (const n of numbers(100)) client.publish("many", String(from + n), { qos: 1 });
      await until(() => seen.got.length === from + 100);
    }
    equal(texts(seen), numbers(2000).map(String));
  },

  async "30 KB of bytes"(t) {
    const { client, seen } = await open(t);
    await client.subscribeAsync("bytes");
    await client.publishAsync("bytes", pattern(30_000));
    await until(() => seen.got.length);
    equal(new Uint8Array(seen.got[0][1]), pattern(30_000));
  },

  async "ends clean"(t) {
    const { client, seen } = await open(t);
    const closed = new Promise((resolve) => seen.sockets[0].addEventListener("close", resolve));
    await client.endAsync();
    // The broker ends TCP without a Close frame, so the close is never clean.
    await closed;
    equal([seen.sockets.length, seen.sockets[0].readyState], [1, 3]);
  },
};

/** A steady socket would outlive these, and the client not know that it has to begin anew. */
const ending = {
  async "the broker drops it for another of its name: it is back"(t) {
    const { client, seen } = await open(t, { clientId: "twin" });
    await client.subscribeAsync("after");
    const other = await open(t, { clientId: "twin", reconnectPeriod: 0 });
    await until(() => seen.connected >= 2);
    other.client.end(true);
    await client.publishAsync("after", "still", { qos: 1 });
    await until(() => seen.got.length);
    equal(texts(seen), ["still"]);
  },

  async "the broker is killed and comes back: what is said meanwhile gets there, and it hears again"(t) {
    const { client, seen } = await open(t);
    await client.subscribeAsync("later", { qos: 1 });
    await t.ask("kill");
    await until(() => !client.connected);
    const said = numbers(20).map((n) => client.publishAsync("meanwhile", String(n), { qos: 1 }));
    await t.ask("start");
    await Promise.all(said);
    // It subscribes again last, so the first of these may be too early.
    await until(async () => (await client.publishAsync("later", "here", { qos: 1 }), seen.got.length));
    equal(texts(seen)[0], "here");
    equal(seen.connected, 2);
  },
};

export const cases = (kind) => (kind === "steady" ? all : { ...all, ...ending });
