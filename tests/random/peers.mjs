// Random events of the world: peers, the network, time and the page.

import { weights } from "./chance.mjs";
import { world } from "./world.mjs";

const CODES = [1000, 1001, 1005, 1011, 1011, 1012, 1013, 3000, 4000, 4000, 4400];

// ---- peers -----------------------------------------------------------------------------------------------

/** A message from the peer must be dispatched at once, once, if the socket is open. */
function message(life, line, data = life.chance.is(0.8) ? `m${++life.said}` : new ArrayBuffer(life.chance.below(40))) {
  const { owner } = line;
  const open = line === owner.line && line.isLive && owner.socket.readyState === 1;
  owner.coming = data;
  owner.told = 0;
  line.message(data);
  const excused = owner.stirred === world.task || owner.streamCloses || `${data}`.startsWith("pong");
  if (open && owner.told !== 1 && !excused) owner.fail(`a message was told ${owner.told} times`);
  owner.coming = undefined;
}

function drainSome(life, line) {
  line.drain(life.chance.below(Math.max(2, line.unsent)));
}

const WHILE_CONNECTING = weights([
  [(life, line) => line.open(), 6],
  [(life, line) => line.end("cut"), 2],
]);
const WHILE_OPEN = weights([
  [message, 6],
  [(life, line) => message(life, line, `pong${++life.said}`), 2],
  [drainSome, 4],
  [(life, line) => line.drain(Infinity), 4],
  [(life, line) => line.peerCloses(life.chance.pick(CODES)), 0.7],
  [(life, line) => line.end("cut"), 1],
  [(life, line) => line.end("error first"), 0.2],
]);
const WHILE_CLOSING = weights([
  [drainSome, 2],
  [(life, line) => line.drain(Infinity), 2],
  [finishHandshake, 4],
  // The peer's Close frame crosses ours: it did not wait for the rest of the buffer.
  [(life, line) => line.end("clean", life.chance.pick(CODES)), 0.5],
  [(life, line) => line.end("cut"), 1],
]);
const WHILE_PEER_CLOSES = weights([
  [(life, line) => line.end("clean", line.peerCode), 4],
  [(life, line) => line.end("cut"), 1],
]);

function finishHandshake(life, line) {
  line.drain(Infinity);
  line.end("clean", line.code ?? 1005);
}

/** One native socket goes on, in one way or another. */
export function act(life, line) {
  const { chance } = life;
  if (line.failed) return line.end("close alone");
  if (line.state === 0) chance.weighted(WHILE_CONNECTING)(life, line);
  else if (line.state === 1) chance.weighted(WHILE_OPEN)(life, line);
  else if (!line.opened) line.end("cut");
  else chance.weighted(line.ours ? WHILE_CLOSING : WHILE_PEER_CLOSES)(life, line);
}

function peer(life) {
  const { chance } = life;
  const open = life.lines.filter(({ state }) => state < 3);
  // Current sockets more often than abandoned ones.
  const line = chance.is(0.8) ? chance.pick(open.filter(({ isLive }) => isLive)) : chance.pick(open);
  if (line) act(life, line);
}

// ---- time ------------------------------------------------------------------------------------------------

const SPANS = [0, 1, 4, 10, 30, 100, 300, 1_000, 3_000, 10_000];

function pass(life) {
  return world.advance(life.chance.pick(SPANS), false);
}

/** The clock is far ahead when the next timer rings. */
function passLate(life) {
  life.stir();
  return world.advance(life.chance.pick([50, 500, 1_500, 5_000, 60_000]), true);
}

/** The machine sleeps: on some the monotonic clock stands still. */
async function sleep(life) {
  life.stir();
  world.note("the machine sleeps");
  world.offset += 60_000;
  if (life.chance.is(0.5)) Object.assign(world, { now: world.now + 60_000, offset: world.offset - 60_000 });
  await world.advance(life.chance.pick([0, 10, 1_000]), true);
}

// ---- the page --------------------------------------------------------------------------------------------

function network(life) {
  life.stir();
  for (const account of life.accounts) account.backBy = undefined;
  world.online = !world.online;
  world.note(world.online ? "online" : "offline");
  world.page.emit(world.online ? "online" : "offline");
}

function visibility(life) {
  life.stir();
  world.document.hidden = !world.document.hidden;
  world.note(world.document.hidden ? "hidden" : "visible");
  world.document.emit("visibilitychange");
}

/** Nothing of the page runs meanwhile; the network goes on. */
async function freeze(life) {
  const { chance } = life;
  life.stir();
  world.note("freeze");
  world.document.emit("freeze");
  await world.settle();
  const open = life.lines.filter(({ state }) => state < 3);
  for (const line of open) {
    line.freeze();
    if (line.opened) line.drain(chance.pick([0, 5, 50, Infinity]));
  }
  world.now += chance.pick([10, 500, 5_000, 60_000]);
  life.forgive();
  for (const line of open) line.thaw(chance.pick([0, 0, 1, 10]));
  world.note("resume");
  world.document.emit("resume");
  await world.settle();
  // The events that were held back are dispatched now.
  for (const line of open) {
    if (line.state < 3 && chance.is(0.2)) {
      act(life, line);
      await world.settle();
    }
  }
}

/** Into the back/forward cache, or out of it. */
async function stow(life) {
  life.stir();
  for (const account of life.accounts) account.backBy = undefined;
  if (!life.stowed && life.chance.is(0.2)) return world.page.emit("pagehide", { persisted: false });
  life.stowed = !life.stowed;
  world.note(life.stowed ? "pagehide" : "pageshow");
  world.page.emit(life.stowed ? "pagehide" : "pageshow", { persisted: true });
  await world.settle();
  if (!life.stowed || life.chance.is(0.3)) return;
  world.now += life.chance.pick([10, 5_000, 60_000]);
  life.forgive();
  await stow(life);
}

/** A promise of the application's is settled at last. */
function late(life) {
  const [settle] = life.deferred.splice(life.chance.below(life.deferred.length), 1);
  settle?.();
}

const STEPS = weights([[peer, 55], [pass, 22], [passLate, 3], [late, 10], [network, 2], [visibility, 2], [freeze, 1.5], [stow, 1.5], [sleep, 1]]);

export const step = (life) => life.chance.weighted(STEPS)(life);
