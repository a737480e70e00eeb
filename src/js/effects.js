// What the core asks of a steady socket's shell.

import { core, heard, kept } from "./core.js";
import { lost } from "./exceptions.js";
import { failure } from "./failure.js";
import { ask, gate, ping } from "./hooks.js";
import {
  DO_ABANDON,
  DO_ASK,
  DO_DIAL,
  DO_DISCARD,
  DO_ENDED,
  DO_FAILURE,
  DO_FATE,
  DO_FIRE,
  DO_FLUSHED,
  DO_FLUSH_FAILED,
  DO_HANG_UP,
  DO_PING,
  DO_RECONNECTING,
  DO_SAMPLE,
  DO_START_GATE,
  DO_TRANSMIT,
} from "./numbers.js";
import { FATES } from "./words.js";

/** How a connection ended; a negative code if not cleanly. */
const closure = (code) => ({ code: Math.abs(code), reason: heard(), wasClean: code >= 0 });

const EFFECTS = {
  [DO_DIAL]: (socket, attempt) => socket.dial(attempt),
  [DO_START_GATE]: gate,
  [DO_PING]: ping,
  [DO_ASK]: (socket, attempt, code) => ask(socket, attempt, closure(code)),
  [DO_TRANSMIT]: (socket, place) => socket.transmit(kept[place]),
  [DO_SAMPLE]: (socket) => socket.sample(),
  [DO_HANG_UP]: (socket, code) => socket.hangup(code, heard()),
  [DO_ABANDON]: (socket) => socket.abandon(),
  [DO_FIRE]: (socket, kind) => socket.tell(kind),
  [DO_ENDED]: (socket, _, code) => socket.ended(closure(code)),
  [DO_RECONNECTING]: (socket, attempt, code, delay, inDoubt) =>
    socket.reconnecting({ ...closure(code), attempt, delay, inDoubt }),
  [DO_DISCARD]: (socket, place, why, ticket) => socket.discard({ data: kept[place], reason: FATES[why], ticket }),
  [DO_FATE](socket, _, fate, ticket) {
    socket.fates.get(ticket)?.(FATES[fate]);
    socket.fates.delete(ticket);
  },
  [DO_FLUSHED]: (socket, _a, _b, before) => socket.flushes.resolve(before),
  [DO_FLUSH_FAILED]: (socket, _, why, ticket) => socket.flushes.reject(() => lost(ticket, why), ticket),
  [DO_FAILURE](socket, phase, code, took, cause) {
    socket.lastFailure = failure(socket, phase, closure(code), took, cause);
  },
};

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
export function carry(effect, a, b, c, d) {
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
