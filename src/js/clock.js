// The one timer of all steady sockets, and the sleep of the machine under it.

import { audience, awake } from "./page.js";
import { TICK } from "./numbers.js";

/** The monotonic clock stands still while some machines sleep, the wall clock does not. */
const JUMP = 2_000;
const offset = () => Date.now() - performance.now();
let before = offset();

/** Tells everybody if the machine has slept since the last look. */
function lookAtClock() {
  const drift = offset() - before;
  before += drift;
  if (Math.abs(drift) > JUMP) awake();
}

/** Who asks again within this time is in a burst. */
const BURST = 0.05;
let read = -1;
let held;
const release = () => {
  held = false;
};

/** The time. In a burst it stands still until the task is done: to read the clock costs most of what a `send` does. */
export function now() {
  if (held) return read;
  const at = performance.now();
  // A microtask is not for nothing either: one message alone has none.
  held = at - read < BURST;
  if (held) queueMicrotask(release);
  return (read = at);
}

/** A timeout that a timeout sets is never shorter. Under pressure that would be most of what sending waits for. */
const CLAMPED = 4;

/** A longer timeout than this overflows, and would be over at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls when the time has come, never before: called early, the core would have it called once more. A deadline further
 * away than the longest timeout is looked at then, and set again.
 */
export function wake(deadline, call) {
  const delay = Math.min(Math.max(0, Math.ceil(deadline - performance.now())), LONGEST);
  if (delay < CLAMPED && globalThis.scheduler?.postTask) scheduler.postTask(call, { delay });
  else return setTimeout(call, delay);
}

/** When the one timer rings that all have: a task for each would cost more than what a socket does in it. */
let due = Infinity;
let id;

function set(deadline) {
  if (deadline >= due) return;
  clearTimeout(id);
  due = deadline;
  // A task that was posted can not be taken back.
  id = wake(deadline, () => due === deadline && ring());
}

function ring() {
  // What is armed meanwhile is set at the end, with the others.
  due = 0;
  lookAtClock();
  const at = performance.now();
  for (const socket of audience) {
    if (socket.due > at) continue;
    socket.due = Infinity;
    socket.react(TICK);
  }
  due = Infinity;
  for (const socket of audience) set(socket.due);
}

/** Moved only when it would fire too late: fired early, it is set again. */
export function arm(socket, deadline) {
  if (deadline < 0 || deadline >= socket.due) return;
  socket.due = deadline;
  set(deadline);
}

/** The last socket takes the timer with it. */
export function disarm() {
  if (audience.size) return;
  clearTimeout(id);
  due = Infinity;
}
