// Performs the effects that the core asks of the shell of a steady socket.

import { core } from "./core.js";
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

/** How a connection ended: the code times 4 and the index of the reason, negative if not cleanly. */
const closeInfo = ({ reasons }, number) => {
  const code = Math.abs(number);
  return { code: code >> 2, reason: reasons[code & 3], wasClean: number >= 0 };
};

const EFFECTS = {
  [DO_DIAL]: (socket, attempt) => socket.dial(attempt),
  [DO_START_GATE]: runGate,
  [DO_PING]: sendHeartbeat,
  [DO_ASK]: (socket, attempt, end) => askRetry(socket, attempt, closeInfo(socket, end)),
  [DO_TRANSMIT]: (socket, index) => socket.transmit(socket.payloads[index]),
  [DO_SAMPLE]: (socket) => socket.sample(),
  [DO_HANG_UP]: (socket, code) => socket.hangup(code),
  [DO_ABANDON]: (socket) => socket.abandon(),
  [DO_FIRE]: (socket, kind) => socket.fire(kind),
  [DO_ENDED]: (socket, _, end) => socket.ended(closeInfo(socket, end)),
  [DO_RECONNECTING]: (socket, attempt, end, delay, inDoubt) =>
    socket.reconnecting({ ...closeInfo(socket, end), attempt, delay, inDoubt }),
  [DO_DISCARD]: (socket, index, why, ticket) =>
    socket.discard({ data: socket.settled(index, why, ticket), reason: FATES[why], ticket }),
  [DO_FATE]: (socket, index, fate, ticket) => void socket.settled(index, fate, ticket),
  [DO_FLUSHED]: (socket, _a, _b, before) => socket.flushes.resolve(before),
  [DO_FLUSH_FAILED]: (socket, number, why, ticket) => socket.flushes.fail(() => notHandedOver(ticket, why), number, ticket),
  [DO_FAILURE](socket, phase, end, took, cause) {
    socket.lastFailure = failure(socket, phase, closeInfo(socket, end), took, cause);
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

/** Performs one effect. Returns a number of bytes, or 0. If it throws, the round goes on: half a round would break the socket. */
export const performEffect = (effect, ...numbers) => activeSocket.guard(() => EFFECTS[effect](activeSocket, ...numbers)) ?? 0;
