// What the core asks of a steady socket's shell, by number: `steady.rs` names them.

import { heard, kept, live } from "./core.js";
import { ask, gate, ping } from "./hooks.js";

/** How a connection ended; a negative code if not cleanly. */
const closure = (code) => ({ code: Math.abs(code), reason: heard(), wasClean: code >= 0 });

const EFFECTS = [
  (socket, attempt) => void socket.dial(attempt),
  (socket, attempt) => void gate(socket, attempt),
  ping,
  (socket, attempt, code) => void ask(socket, attempt, closure(code)),
  (socket, place) => socket.transmit(kept[place]),
  (socket) => socket.sample(),
  (socket, code) => socket.hangup(code, heard()),
  (socket) => socket.abandon(),
  (socket, kind) => socket.tell(kind),
  (socket, _, code) => socket.ended(closure(code)),
  (socket, attempt, code, delay, inDoubt) => socket.reconnecting({ ...closure(code), attempt, delay, inDoubt }),
  (socket, place, why, ticket) => socket.outcomes.discard(ticket, kept[place], why),
  (socket, _, fate, ticket) => socket.outcomes.decided(ticket, fate),
  (socket, _a, _b, before) => socket.flushes.done(before),
  (socket, _, why, ticket) => socket.flushes.fail(ticket, why),
  (socket, phase, code, took, cause) => socket.failed(phase, closure(code), took, cause),
];

/** Carries one effect out; what is answered is a number of bytes, or nothing. */
export function carry(handle, effect, a, b, c, d) {
  const socket = live[handle];
  return (socket && EFFECTS[effect](socket, a, b, c, d)) ?? 0;
}
