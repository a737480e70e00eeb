// Messages sent with options: their fate is reported.

import { storePayload, writeNumber, writeText } from "./core.js";
import { refusal } from "./exceptions.js";
import { CANCEL, NEXT_TICKET, REFUSED_NO_LIFETIME, SEND_TRACKED } from "./numbers.js";

/** Sends a message with options. */
export function sendTracked(steady, payload, bytes, options) {
  const { key, ttl, session = false } = options;
  if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) {
    throw refusal(REFUSED_NO_LIFETIME);
  }
  const name = key === undefined ? "" : `${key}`;
  const ticket = steady.query(NEXT_TICKET);
  const fate = new Promise((resolve) => steady.fateResolvers.set(ticket, resolve));
  for (const number of [ttl ?? -1, +!!session, +(key !== undefined)]) writeNumber(number);
  writeText(name);
  const answer = steady.input(SEND_TRACKED, bytes, storePayload(payload));
  if (answer < 0) {
    steady.fateResolvers.delete(ticket);
    throw refusal(answer);
  }
  return { ticket, fate, cancel: () => steady.input(CANCEL, ticket) >= 0 };
}
