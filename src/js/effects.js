// Performs the effects that the core asks of the shell of a steady socket.

import { core, lastText, payloads } from "./core.js";
import { notHandedOver } from "./exceptions.js";
import { failure } from "./failure.js";
import { askRetry, runGate, sendHeartbeat } from "./hooks.js";
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

/** How a connection ended. A negative code means not cleanly. */
const closeInfo = (code) => ({ code: Math.abs(code), reason: lastText(), wasClean: code >= 0 });

const EFFECTS = {
  [DO_DIAL]: (socket, attempt) => socket.dial(attempt),
  [DO_START_GATE]: runGate,
  [DO_PING]: sendHeartbeat,
  [DO_ASK]: (socket, attempt, code) => askRetry(socket, attempt, closeInfo(code)),
  [DO_TRANSMIT]: (socket, index) => socket.transmit(payloads[index]),
  [DO_SAMPLE]: (socket) => socket.sample(),
  [DO_HANG_UP]: (socket, code) => socket.hangup(code, lastText()),
  [DO_ABANDON]: (socket) => socket.abandon(),
  [DO_FIRE]: (socket, kind) => socket.fire(kind),
  [DO_ENDED]: (socket, _, code) => socket.ended(closeInfo(code)),
  [DO_RECONNECTING]: (socket, attempt, code, delay, inDoubt) =>
    socket.reconnecting({ ...closeInfo(code), attempt, delay, inDoubt }),
  [DO_DISCARD]: (socket, index, why, ticket) => socket.discard({ data: payloads[index], reason: FATES[why], ticket }),
  [DO_FATE](socket, _, fate, ticket) {
    socket.fateResolvers.get(ticket)?.(FATES[fate]);
    socket.fateResolvers.delete(ticket);
  },
  [DO_FLUSHED]: (socket, _a, _b, before) => socket.flushes.resolve(before),
  [DO_FLUSH_FAILED]: (socket, _, why, ticket) => socket.flushes.reject(() => notHandedOver(ticket, why), ticket),
  [DO_FAILURE](socket, phase, code, took, cause) {
    socket.lastFailure = failure(socket, phase, closeInfo(code), took, cause);
  },
};

/** The socket in whose round we are. No application code runs meanwhile. */
export let activeSocket;

/** Passes one input to the core, which calls {@link performEffect}. The platform may call back inside: rounds nest. */
export function runRound(socket, now, kind, a, b, c) {
  const outer = activeSocket;
  activeSocket = socket;
  try {
    return core.handleSteady(socket.handle, now, kind, a, b, c);
  } finally {
    activeSocket = outer;
  }
}

/** Performs one effect. Returns a number of bytes, or 0. */
export function performEffect(effect, a, b, c, d) {
  try {
    return EFFECTS[effect](activeSocket, a, b, c, d) ?? 0;
  } catch (cause) {
    // Thrown by a native class that a page has patched. The round goes on: half a round would break the socket.
    activeSocket.defer(() => {
      throw cause;
    });
    return 0;
  }
}
