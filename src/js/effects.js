// What the core asks of a steady socket's shell, by number: `steady.rs` names them.

import { core, heard, kept } from "./core.js";
import { FATES, lost } from "./exceptions.js";
import { failure } from "./failure.js";
import { ask, gate, ping } from "./hooks.js";

/** How a connection ended; a negative code if not cleanly. */
const closure = (code) => ({ code: Math.abs(code), reason: heard(), wasClean: code >= 0 });

const EFFECTS = [
  (socket, attempt) => socket.dial(attempt),
  gate,
  ping,
  (socket, attempt, code) => ask(socket, attempt, closure(code)),
  (socket, place) => socket.transmit(kept[place]),
  (socket) => socket.sample(),
  (socket, code) => socket.hangup(code, heard()),
  (socket) => socket.abandon(),
  (socket, kind) => socket.tell(kind),
  (socket, _, code) => socket.ended(closure(code)),
  (socket, attempt, code, delay, inDoubt) => socket.reconnecting({ ...closure(code), attempt, delay, inDoubt }),
  (socket, place, why, ticket) => socket.discard({ data: kept[place], reason: FATES[why], ticket }),
  (socket, _, fate, ticket) => {
    socket.fates.get(ticket)?.(FATES[fate]);
    socket.fates.delete(ticket);
  },
  (socket, _a, _b, before) => socket.flushes.resolve(before),
  (socket, _, why, ticket) => socket.flushes.reject(() => lost(ticket, why), ticket),
  (socket, phase, code, took, cause) => {
    socket.lastFailure = failure(socket, phase, closure(code), took, cause);
  },
];

/** The socket whose effects are being carried out: no code of the application's runs meanwhile. */
export let acting;

/** Takes one input to the core, and carries out what follows. The platform may call back inside: then rounds nest. */
export function round(socket, now, verb, a, b, c) {
  const outer = acting;
  acting = socket;
  try {
    return core.steady(socket.handle, now, verb, a, b, c);
  } finally {
    acting = outer;
  }
}

/** Carries one effect out; what is answered is a number of bytes, or nothing. */
export function carry(_, effect, a, b, c, d) {
  try {
    return EFFECTS[effect](acting, a, b, c, d) ?? 0;
  } catch (cause) {
    // Of a native class that somebody has changed. The round goes on: half of one would be the end of the socket.
    acting.later(() => {
      throw cause;
    });
    return 0;
  }
}
