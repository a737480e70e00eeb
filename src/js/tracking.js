// Messages sent with options: their fate is reported.

import { copy } from "./convert.js";
import { core, writeNumber } from "./core.js";
import { refusal } from "./exceptions.js";
import { CANCEL, NEXT_TICKET, REFUSED_NO_LIFETIME, SEND_TRACKED } from "./numbers.js";

/** Reads the options of a message, each once: getters are application code. */
export function readRules({ key, ttl, session = false, transfer = false }) {
  if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) throw refusal(REFUSED_NO_LIFETIME);
  return { key: key === undefined ? key : `${key}`, ttl, session: !!session, transfer: !!transfer };
}

/** Sends a message with options. */
export function sendTracked(steady, data, bytes, mutable, { key, ttl, session, transfer }) {
  // First, because memory for it may be lacking.
  const payload = mutable && !transfer ? copy(data, bytes) : data;
  steady.account();
  const { newest, fateResolvers } = steady;
  const older = newest.get(key);
  const ticket = core.answer(steady.handle, NEXT_TICKET);
  const fate = new Promise((resolve) =>
    fateResolvers.set(ticket, (value) => {
      if (newest.get(key) === ticket) newest.delete(key);
      resolve(value);
    }),
  );
  if (key !== undefined) newest.set(key, ticket);
  for (const number of [ttl ?? -1, +session, older ?? -1]) writeNumber(number);
  try {
    steady.accept(SEND_TRACKED, bytes, payload, mutable && transfer);
  } catch (refused) {
    fateResolvers.delete(ticket);
    older === undefined ? newest.delete(key) : newest.set(key, older);
    throw refused;
  }
  return { ticket, fate, cancel: () => steady.input(CANCEL, ticket) >= 0 };
}
