// The session client in Chromium, with a real server in Node.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { open } from "../packaging/lib/browser.mjs";
import { serve } from "../packaging/lib/serve.mjs";
import { listen, sessionServer, until } from "./lib.mjs";

const site = await serve(fileURLToPath(new URL("../../pkg", import.meta.url)), {
  "/": { body: '<!doctype html><meta charset="utf-8">' },
});

/** Opens a page with a socket, and counts its events. */
async function connect(url, protocols, options) {
  const { page, errors, close } = await open(`${site}/`);
  await page.evaluate(
    async ([url, protocols, options]) => {
      const { SteadyWebSocket } = await import("/session.js");
      const backoff = { first: 1, floor: 1, jitter: "none" };
      const socket = new SteadyWebSocket(url, protocols, { backoff, ...options });
      Object.assign(globalThis, { socket, messages: [], events: [] });
      socket.addEventListener("message", ({ data }) => messages.push(data));
      socket.addEventListener("session", ({ state }) => events.push(state));
      socket.addEventListener("sessionlost", ({ reason }) => events.push(`lost: ${reason}`));
      socket.addEventListener("close", ({ code }) => events.push(`close: ${code}`));
    },
    [url, protocols, options],
  );
  return { page, errors, close };
}

test("Chromium: every message arrives once in both directions while connections are cut repeatedly", async () => {
  const received = [];
  const { url, server, sessions, close } = await sessionServer({
    window: 2_000,
    onsession(session) {
      session.onmessage = (data) => void received.push(data);
    },
  });
  const made = await connect(url, [], { session: "require", sessionWindow: 2_000 });
  const expected = [];
  for (let cut = 0; cut < 12; cut++) {
    await made.page.evaluate((cut) => {
      for (let count = 0; count < 20; count++) socket.send(`\u0010${cut} ${count}`);
    }, cut);
    await until(() => sessions.length);
    for (let count = 0; count < 20; count++) {
      sessions[0].send(`\u0010${cut} ${count}`);
      expected.push(`\u0010${cut} ${count}`);
    }
    for (const client of server.clients) client.terminate();
  }
  await made.page.evaluate(() => socket.flushed());
  await sessions[0].flushed();
  assert.equal(sessions.length, 1);
  assert.deepEqual(received, expected);
  assert.deepEqual(await made.page.evaluate(() => messages), expected);
  const events = await made.page.evaluate(() => events);
  assert.equal(events[0], "new");
  assert.ok(events.includes("resumed"), `${events}`);
  await made.page.evaluate(() => {
    socket.close();
    return new Promise((resolve) => socket.addEventListener("close", resolve));
  });
  assert.deepEqual(made.errors, []);
  await made.close();
  await close();
});

test("Chromium: if a plain server selects no sub-protocol, the next attempt omits the offer, and so do later sockets", async () => {
  const offers = [];
  const { url, server, close } = await listen({ handleProtocols: () => false });
  server.on("connection", (client, request) => {
    offers.push(request.headers["sec-websocket-protocol"]);
    client.on("message", (data) => client.send(`${data}`));
  });
  const made = await connect(url, [], { session: "prefer" });
  const echo = () => made.page.evaluate(() => {
    const answered = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data), { once: true }));
    socket.send("\u0010hello");
    return answered;
  });
  assert.equal(await echo(), "\u0010hello");
  assert.deepEqual(await made.page.evaluate(() => events), ["none"]);
  await made.page.evaluate(async (url) => {
    const { SteadyWebSocket } = await import("/session.js");
    globalThis.socket = new SteadyWebSocket(url);
  }, url);
  assert.equal(await echo(), "\u0010hello");
  assert.deepEqual(offers, ["steady.v1", undefined, undefined]);
  await made.close();
  await close();
});

test("Chromium: a plain server refuses a session that is required", async () => {
  const { url, close } = await listen({});
  const made = await connect(url, ["chat"], { session: "require" });
  await made.page.waitForFunction(() => events.length === 2);
  assert.deepEqual(await made.page.evaluate(() => events), ["lost: no-sessions", "close: 1006"]);
  await made.close();
  await close();
});
