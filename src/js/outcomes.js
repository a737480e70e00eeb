// What becomes of messages: the fates of those that are tracked, and what is discarded.

import { core, keep, live, put, spell } from "./core.js";
import { FATES, refusal } from "./exceptions.js";
import { CANCEL, NEXT_TICKET, TRACK } from "./verbs.js";

/** Sends with the wishes of a tracked message. */
export function track(steady, payload, bytes, wishes) {
  if (Object(wishes) !== wishes) throw new TypeError("The options must be an object.");
  const { key, ttl, session = false } = wishes;
  if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) {
    throw new TypeError("ttl must be a number above 0.");
  }
  const name = key === undefined ? "" : `${key}`;
  const ticket = steady.learn(NEXT_TICKET);
  const fate = steady.outcomes.expect(ticket);
  // A closed socket still has to say what becomes of this one.
  const was = live[steady.handle];
  live[steady.handle] = steady;
  for (const wish of [ttl ?? -1, +!!session, +(key !== undefined)]) put(wish);
  spell(name);
  const answer = steady.call(TRACK, bytes, keep(payload));
  live[steady.handle] = was;
  if (answer < 0) {
    steady.outcomes.forget(ticket);
    throw refusal(answer);
  }
  return { ticket, fate, cancel: () => steady.call(CANCEL, ticket) >= 0 };
}

export class Outcomes {
  #fates = new Map();
  #discarded = [];

  /** The promise of a message's fate. */
  expect(ticket) {
    return new Promise((resolve) => this.#fates.set(ticket, resolve));
  }

  /** It was refused, and has none. */
  forget(ticket) {
    this.#fates.delete(ticket);
  }

  decided(ticket, fate) {
    this.#fates.get(ticket)?.(FATES[fate]);
    this.forget(ticket);
  }

  discard(ticket, data, why) {
    this.#discarded.push({ data, reason: FATES[why], ticket });
  }

  /** What was discarded since the last look: those that go together are told together. */
  takeDiscarded() {
    const messages = this.#discarded;
    if (messages.length) this.#discarded = [];
    return messages;
  }
}
