// graphql-ws takes a class as `webSocketImpl`.

import { createClient } from "graphql-ws";
import { equal, numbers, pause, until } from "../page/check.js";

function open(t, options = {}) {
  const again = { retryAttempts: 100, retryWait: () => pause(100), shouldRetry: () => true };
  const client = createClient({ url: t.url, webSocketImpl: t.Class, ...again, ...options });
  t.after(() => client.dispose());
  return client;
}

/** All results of a query or subscription, as they come, and how it ends. */
function results(client, query, variables) {
  const got = [];
  const ended = new Promise((resolve, reject) => {
    client.subscribe({ query, variables }, { next: ({ data }) => got.push(Object.values(data)[0]), error: reject, complete: resolve });
  });
  return { got, ended };
}

const REVERSED = "query ($text: String!) { reversed(text: $text) }";
const COUNT = "subscription ($from: Int!, $to: Int!, $everyMs: Int!) { count(from: $from, to: $to, everyMs: $everyMs) }";

const all = {
  async "asks and is answered"(t) {
    const { got, ended } = results(open(t), REVERSED, { text: "grüße €" });
    await ended;
    equal(got, ["€ eßürg"]);
  },

  async "3,000 results of three subscriptions, each in order"(t) {
    const client = open(t);
    const all = [0, 10_000, 20_000].map((from) => [from, results(client, COUNT, { from, to: from + 999, everyMs: 0 })]);
    for (const [from, { got, ended }] of all) {
      await ended;
      equal(got, numbers(1000).map((n) => from + n));
    }
  },

  async "the server closes with a code that its protocol calls final"(t) {
    const { got, ended } = results(open(t), COUNT, { from: 1, to: 1e6, everyMs: 5 });
    ended.catch(() => {});
    await until(() => got.length > 3);
    await t.ask("close", { code: 4400, reason: "Bad request" });
    const end = await ended.catch(({ code, reason, wasClean }) => ({ code, reason, wasClean }));
    equal(end, { code: 4400, reason: "Bad request", wasClean: true });
  },

  async "ends clean"(t) {
    await t.ask("fresh");
    const client = open(t);
    await results(client, REVERSED, { text: "abc" }).ended;
    client.dispose();
    let ends = [];
    await until(async () => (ends = await t.ask("ends")).length);
    equal(ends, [[1000, "Normal Closure"]]);
  },
};

/** A steady socket would outlive these, and the client not know that it has to begin anew. */
const ending = {
  async "the server closes for a restart: the subscription goes on"(t) {
    let connected = 0;
    const { got } = results(open(t, { on: { connected: () => connected++ } }), COUNT, { from: 1, to: 1e6, everyMs: 5 });
    await until(() => got.length > 3);
    await t.ask("close", { code: 4205, reason: "restarting" });
    await until(() => connected === 2 && got.lastIndexOf(1) > 0);
  },

  async "the server is killed and comes back: the subscription goes on, and a query is answered"(t) {
    let connected = 0;
    const client = open(t, { on: { connected: () => connected++ } });
    const { got } = results(client, COUNT, { from: 1, to: 1e6, everyMs: 5 });
    await until(() => got.length > 3);
    await t.ask("kill");
    await t.ask("start");
    await until(() => connected === 2 && got.lastIndexOf(1) > 0);
    const asked = results(client, REVERSED, { text: "abc" });
    await asked.ended;
    equal(asked.got, ["cba"]);
  },
};

export const cases = (kind) => (kind === "steady" ? all : { ...all, ...ending });
