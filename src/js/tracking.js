// Messages sent with options: their fate is reported.

import { copy } from "./convert.js";
import { writeNumber } from "./core.js";
import { refusal } from "./exceptions.js";
import { CANCEL, NEXT_TICKET, REFUSED_NO_LIFETIME, SEND_TRACKED } from "./numbers.js";

/** Sends a message with options. */
export function sendTracked(steady, data, bytes, mutable, options) {
  const { key, ttl, session = false, transfer = false } = options;
  if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) {
    throw refusal(REFUSED_NO_LIFETIME);
  }
  const name = key === undefined ? key : `${key}`;
  const { newest, fateResolvers } = steady;
  const older = newest.get(name);
  const ticket = steady.query(NEXT_TICKET);
  const fate = new Promise((resolve) =>
    fateResolvers.set(ticket, (value) => {
      if (newest.get(name) === ticket) newest.delete(name);
      resolve(value);
    }),
  );
  if (name !== undefined) newest.set(name, ticket);
  for (const number of [ttl ?? -1, +!!session, older ?? -1]) writeNumber(number);
  try {
    steady.accept(SEND_TRACKED, bytes, mutable && !transfer ? copy(data, bytes) : data, mutable && transfer);
  } catch (refused) {
    fateResolvers.delete(ticket);
    older === undefined ? newest.delete(name) : newest.set(name, older);
    throw refused;
  }
  return { ticket, fate, cancel: () => steady.input(CANCEL, ticket) >= 0 };
}
