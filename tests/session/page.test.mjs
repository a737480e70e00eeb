// The session client in Chromium, with a real server in Node.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Page } from "../browser/webdriver.mjs";
import { serve } from "../packaging/lib/serve.mjs";
import { listen, sessionServer, until } from "./lib.mjs";

const browser = process.env.STEADY_BROWSER;
const site = await serve(fileURLToPath(new URL("../../pkg", import.meta.url)), {
  "/": { body: readFileSync(new URL("page.html", import.meta.url), "utf8") },
});
const page = await Page.open(browser);
after(() => page.close());

/** Calls a function of the page. */
const call = (name, ...args) => page.run("return window[arguments[0]](...arguments[1])", name, args);

/** Waits until what happened in the page is as it must be. */
async function seen(holds) {
  for (;;) {
    const now = await call("read");
    if (holds(now)) return now;
    await pause(20);
  }
}

/** A new page with a socket. */
async function connect(...args) {
  await page.go(`${site}/`);
  while (!(await page.run("return !!window.connect"))) await pause(20);
  await call("connect", ...args);
}

test(`${browser}: every message arrives once in both directions while connections are cut repeatedly`, async () => {
  const received = [];
  const { url, server, sessions, close } = await sessionServer({
    window: 2_000,
    onsession(session) {
      session.onmessage = (data) => void received.push(data);
    },
  });
  await connect(url, [], { session: "require", sessionWindow: 2_000 });
  const expected = [];
  for (let cut = 0; cut < 12; cut++) {
    const texts = Array.from({ length: 20 }, (_, count) => `\u0010${cut} ${count}`);
    expected.push(...texts);
    await call("send", texts);
    await until(() => sessions.length);
    for (const text of texts) sessions[0].send(text);
    for (const client of server.clients) client.terminate();
  }
  const { messages, events } = await seen(({ flushed, messages }) => flushed && messages.length >= expected.length);
  await sessions[0].flushed();
  assert.equal(sessions.length, 1);
  assert.deepEqual(received, expected);
  assert.deepEqual(messages, expected);
  assert.equal(events[0], "new");
  assert.ok(events.includes("resumed"), `${events}`);
  await call("close", 3001);
  const { events: all, errors } = await seen(({ events }) => events.at(-1).startsWith("close"));
  assert.equal(all.at(-1), "close: 3001");
  assert.deepEqual(errors, []);
  await close();
});

/** Chromium fails a connection for which the server chose none of the offered sub-protocols; the others take it. */
const fails = browser === "chromium";

test(`${browser}: a plain server that selects no sub-protocol works, and where the offer fails, the next attempt and later sockets omit it`, async () => {
  const offers = [];
  const { url, server, close } = await listen({ handleProtocols: () => false });
  server.on("connection", (client, request) => {
    offers.push(request.headers["sec-websocket-protocol"]);
    client.on("message", (data) => client.send(`${data}`));
  });
  await connect(url, [], { session: "prefer" });
  await call("send", ["\u0010hello"]);
  const { messages, events } = await seen(({ messages }) => messages.length);
  assert.deepEqual(messages, ["\u0010hello"]);
  assert.deepEqual(events, ["none"]);
  await call("connect", url, [], {});
  await call("send", ["\u0010hello"]);
  await seen(({ messages }) => messages.length);
  assert.deepEqual(offers, fails ? ["steady.v1", undefined, undefined] : ["steady.v1", "steady.v1"]);
  await close();
});

test(`${browser}: a duplicated tab gets a session of its own`, async () => {
  const { url, server, sessions, close } = await sessionServer({
    onsession(session) {
      session.onmessage = (data) => session.send(`echo ${data}`);
    },
  });
  await connect(url, [], { session: "require" });
  await call("send", ["one"]);
  await seen(({ messages }) => messages.length === 1);
  // Browsers open a tab only for a user.
  await call("focusButton");
  await page.keys(" ");
  while (!(await call("isDuplicated"))) await pause(20);
  await call("inTwin", "connect", url, [], { session: "require" });
  // Both also resume their own.
  for (const client of server.clients) client.terminate();
  await call("send", ["two"]);
  await call("inTwin", "send", ["three"]);
  const first = await seen(({ messages }) => messages.length === 2);
  while ((await call("inTwin", "read")).messages.length < 1) await pause(20);
  const second = await call("inTwin", "read");
  assert.deepEqual(first.messages, ["echo one", "echo two"]);
  assert.deepEqual(second.messages, ["echo three"]);
  for (const { events } of [first, second]) {
    assert.equal(events[0], "new");
    assert.ok(events.slice(1).every((event) => event === "resuming" || event === "resumed"), `${events}`);
  }
  assert.equal(new Set(sessions.map(({ id }) => id)).size, 2);
  await call("inTwin", "close", 1000);
  await call("close", 1000);
  await close();
});

test(`${browser}: a plain server refuses a session that is required`, async () => {
  const { url, close } = await listen({});
  await connect(url, ["chat"], { session: "require" });
  const { events } = await seen(({ events }) => events.length === 2);
  assert.deepEqual(events, ["lost: no-sessions", "close: 1006"]);
  await close();
});
