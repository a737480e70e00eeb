// What becomes of messages that are tracked.

import { keep, put, spell } from "./core.js";
import { refusal } from "./exceptions.js";
import { CANCEL, NEXT_TICKET, TRACK } from "./numbers.js";

/** Sends with the wishes of a tracked message. */
export function track(steady, payload, bytes, wishes) {
  const { key, ttl, session = false } = wishes;
  if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) {
    throw new TypeError("ttl must be a number above 0.");
  }
  const name = key === undefined ? "" : `${key}`;
  const ticket = steady.learn(NEXT_TICKET);
  const fate = new Promise((resolve) => steady.fates.set(ticket, resolve));
  for (const wish of [ttl ?? -1, +!!session, +(key !== undefined)]) put(wish);
  spell(name);
  const answer = steady.act(TRACK, bytes, keep(payload));
  if (answer < 0) {
    steady.fates.delete(ticket);
    throw refusal(answer);
  }
  return { ticket, fate, cancel: () => steady.act(CANCEL, ticket) >= 0 };
}
