// What the core asks of a steady socket's shell, by number: `steady.rs` names them.

import { heard, kept, live } from "./core.js";
import { ask, gate, ping } from "./hooks.js";

const closure = (code, wasClean) => ({ code, reason: heard(), wasClean: !!wasClean });

const EFFECTS = [
  (socket, attempt) => void socket.dial(attempt),
  (socket, attempt) => void gate(socket, attempt),
  ping,
  (socket, code, wasClean, attempt) => void ask(socket, attempt, closure(code, wasClean)),
  (socket, place) => socket.transmit(kept[place]),
  (socket) => socket.sample(),
  (socket, code) => socket.hangup(code, heard()),
  (socket) => socket.abandon(),
  (socket, kind) => socket.tell(kind),
  (socket, code, wasClean) => socket.ended(closure(code, wasClean)),
  (socket, code, wasClean, attempt, delay, inDoubt) =>
    socket.reconnecting({ ...closure(code, wasClean), attempt, delay, inDoubt }),
  (socket, place, why, ticket) => socket.outcomes.discard(ticket, kept[place], why),
  (socket, fate, _, ticket) => socket.outcomes.decided(ticket, fate),
];

/** Carries one effect out; what is answered is a number of bytes, or nothing. */
export function carry(handle, effect, a, b, c, d, e) {
  const socket = live[handle];
  return (socket && EFFECTS[effect](socket, a, b, c, d, e)) ?? 0;
}
