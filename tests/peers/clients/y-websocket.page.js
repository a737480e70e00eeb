// y-websocket takes a class as `WebSocketPolyfill`. All its messages are binary.

import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { equal, numbers, until } from "../page/check.js";

const room = () => `room-${crypto.randomUUID()}`;

/** A document, shared through the server and nothing else. */
async function open(t, name) {
  const document = new Y.Doc();
  const provider = new WebsocketProvider(t.url, name, document, {
    WebSocketPolyfill: t.Class,
    disableBc: true,
    maxBackoffTime: 300,
  });
  t.after(() => provider.destroy());
  await until(() => provider.synced);
  return { document, provider, text: document.getText("t"), list: document.getArray("l") };
}

export const cases = () => ({
  async "two documents become one"(t) {
    const name = room();
    const [a, b] = [await open(t, name), await open(t, name)];
    a.text.insert(0, "grüße");
    b.text.insert(0, "€ ");
    await until(() => a.text.length === 7 && b.text.length === 7);
    equal(a.text.toString(), b.text.toString());
  },

  async "1,000 updates in order"(t) {
    const name = room();
    const [a, b] = [await open(t, name), await open(t, name)];
    for (const n of numbers(1000)) a.list.push([n]);
    await until(() => b.list.length === 1000);
    equal(b.list.toArray(), numbers(1000));
  },

  async "awareness of the other"(t) {
    const name = room();
    const [a, b] = [await open(t, name), await open(t, name)];
    a.provider.awareness.setLocalStateField("name", "a");
    await until(() => [...b.provider.awareness.getStates().values()].some(({ name }) => name === "a"));
  },

  async "the server is killed and comes back, empty: nothing is lost, and what is written meanwhile arrives"(t) {
    const name = room();
    const [a, b] = [await open(t, name), await open(t, name)];
    a.text.insert(0, "before ");
    await until(() => b.text.length === 7);
    await t.ask("kill");
    a.text.insert(7, "during ");
    await t.ask("start");
    await until(() => b.text.length === 14);
    a.text.insert(14, "after");
    await until(() => b.text.length === 19);
    equal(b.text.toString(), "before during after");
  },

  async "ends clean"(t) {
    const { provider } = await open(t, room());
    const { ws } = provider;
    const closed = new Promise((resolve) => ws.addEventListener("close", resolve));
    provider.destroy();
    const { wasClean } = await closed;
    equal([wasClean, ws.readyState], [true, 3]);
  },
});
