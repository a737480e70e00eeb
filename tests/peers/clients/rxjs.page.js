// rxjs takes a class as `WebSocketCtor`.

import { retry } from "rxjs";
import { webSocket } from "rxjs/webSocket";
import { equal, numbers, pattern, until } from "../page/check.js";

/** A subject, what it hears, and how it ends. */
function open(t, options = {}) {
  const seen = { opened: 0, got: [], closes: [], ended: undefined };
  const subject = webSocket({
    url: t.url,
    WebSocketCtor: t.Class,
    openObserver: { next: () => seen.opened++ },
    closeObserver: { next: ({ code, reason, wasClean }) => seen.closes.push({ code, reason, wasClean }) },
    ...options,
  });
  const subscription = subject.pipe(retry({ count: options.retries ?? 0, delay: 100 })).subscribe({
    next: (value) => seen.got.push(value),
    error: () => (seen.ended = "error"),
    complete: () => (seen.ended = "complete"),
  });
  t.after(() => subscription.unsubscribe());
  return { subject, subscription, seen };
}

async function ends(t, wanted) {
  let heard = [];
  await until(async () => (heard = await t.ask("ends")).length);
  equal(heard, wanted, "what the server heard");
}

export const cases = () => ({
  async "sends what was said before it was open, and hears the echo"(t) {
    const { subject, seen } = open(t);
    subject.next({ text: "grüße €" });
    await until(() => seen.got.length);
    equal(seen, { opened: 1, got: [{ text: "grüße €" }], closes: [] });
  },

  async "5,000 messages in order"(t) {
    const { subject, seen } = open(t);
    for (const n of numbers(5000)) subject.next(n);
    await until(() => seen.got.length === 5000);
    equal(seen.got, numbers(5000));
  },

  async "bytes"(t) {
    const raw = { binaryType: "arraybuffer", serializer: (value) => value, deserializer: ({ data }) => data };
    const { subject, seen } = open(t, raw);
    subject.next(pattern(100_000));
    subject.next(pattern(3).buffer);
    subject.next(new Blob([pattern(5)]));
    await until(() => seen.got.length === 3);
    equal(seen.got, [pattern(100_000), pattern(3), pattern(5)]);
  },

  async "a closing server completes it"(t) {
    const { subject, seen } = open(t);
    subject.next(1);
    await until(() => seen.got.length);
    await t.ask("close", { code: 4400, reason: "enough" });
    await until(() => seen.ended);
    equal(seen, { opened: 1, got: [1], closes: [{ code: 4400, reason: "enough", wasClean: true }], ended: "complete" });
  },

  async "the server is killed and comes back: what is said next arrives, in order"(t) {
    const { subject, seen } = open(t, { retries: 200 });
    subject.next(0);
    await until(() => seen.got.length);
    await t.ask("kill");
    await t.ask("start");
    await until(() => seen.opened === 2);
    for (const n of numbers(100)) subject.next(n + 1);
    await until(() => seen.got.length >= 101);
    equal(seen.got, numbers(101));
  },

  async "unsubscribing closes"(t) {
    await t.ask("fresh");
    const { subject, subscription, seen } = open(t);
    subject.next(1);
    await until(() => seen.got.length);
    subscription.unsubscribe();
    await ends(t, [[1005, ""]]);
  },

  async "an error given to it is the close code"(t) {
    await t.ask("fresh");
    const { subject, seen } = open(t);
    subject.next(1);
    await until(() => seen.got.length);
    subject.error({ code: 3001, reason: "tired" });
    await ends(t, [[3001, "tired"]]);
  },
});
