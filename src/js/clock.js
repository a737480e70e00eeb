// The timer that all steady sockets share, and the detection of sleep.

import { platform } from "./core.js";
import { notifyAwake, sockets } from "./page.js";

/** Returns the time. */
export const now = () => platform.clock.performance.now();

/** On some machines the monotonic clock stops during sleep, but the wall clock does not. */
const JUMP = 2_000;
const offset = () => platform.clock.Date.now() - now();
let before = offset();

/** Notifies the sockets if the machine has slept since the last check. */
function checkClock() {
  const drift = offset() - before;
  before += drift;
  if (Math.abs(drift) > JUMP) notifyAwake();
}

/** Browsers stretch nested timeouts to this. Under pressure, senders would mainly wait for that. */
const CLAMPED = 4;

/** A longer timeout overflows, and fires at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `call` at the deadline, never before, because the core would then schedule it again. For a deadline further away
 * than the longest timeout it calls earlier, and the core does that.
 */
export function wake(deadline, call) {
  const delay = Math.min(Math.max(0, Math.ceil(deadline - now())), LONGEST);
  if (delay < CLAMPED && platform.clock.scheduler?.postTask) platform.clock.scheduler.postTask(call, { delay });
  else return platform.clock.setTimeout(call, delay);
}

/** When the shared timer fires. A timer for each socket would cost more than what the socket does in it. */
let due = Infinity;
let id;

function set(deadline) {
  if (deadline >= due) return;
  platform.clock.clearTimeout(id);
  due = deadline;
  // A posted task cannot be cancelled.
  id = wake(deadline, () => due === deadline && onTimer());
}

function onTimer() {
  // Deadlines set meanwhile are scheduled at the end, with the others.
  due = 0;
  checkClock();
  const at = now();
  for (const socket of sockets) {
    if (socket.due > at) continue;
    socket.due = Infinity;
    socket.wake(at);
  }
  due = Infinity;
  let next = Infinity;
  for (const socket of sockets) next = Math.min(next, socket.due);
  set(next);
}

/** Schedules a socket's tick. A later deadline leaves the timer as it is: when it fires early, it is set again. */
export function schedule(socket, deadline) {
  if (deadline < 0 || deadline >= socket.due) return;
  socket.due = deadline;
  set(deadline);
}

/** Stops the timer after the last socket. */
export function unschedule() {
  if (sockets.size) return;
  platform.clock.clearTimeout(id);
  due = Infinity;
}
