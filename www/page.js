// The page: four lanes, the faults, and what becomes of them.

import { SteadyWebSocket as WithSession } from './pkg/session.js';
import { SteadyWebSocket } from './pkg/trace.js';
import ReconnectingWebSocket from './vendor/reconnecting-websocket-mjs.js';
import { Card } from './card.js';
import { Diagram } from './diagram.js';
import { byId, element } from './dom.js';
import { Faults } from './faults.js';
import { Inspector } from './inspector.js';
import { Lane } from './lane.js';
import { notice } from './notice.js';
import { Plot } from './plot.js';
import { Record } from './record.js';
import { find } from './server.js';
import { Timeline } from './timeline.js';

const TICK = 100;
const COUNT = 1_000;
const HIGH = 1 << 20, LOW = 1 << 18;
const LOGGED = 200;
/** After so many messages it starts over, before the server's log is full: about half an hour. */
const ENOUGH = 18_000;

const OPTIONS = {
  heartbeat: { interval: 2_000, timeout: 1_500, message: 'ping', isReply: data => data === 'ping' },
  // Much shorter than the defaults, so that one can watch.
  backoff: { restartFloor: 2_000, busyFloor: 5_000, ceiling: 8_000 },
  highWaterMark: HIGH,
  lowWaterMark: LOW,
};

const lanes = [
  new Lane({ tag: 'native', title: 'Native WebSocket', make: url => new WebSocket(url),
    note: 'After it is closed, it sends nothing. It does not reconnect.' }),
  new Lane({ tag: 'reconnecting', title: 'reconnecting-websocket', keeps: true, shy: true,
    make: url => new ReconnectingWebSocket(url),
    note: 'Reconnects, but loses what was on its way. Does not detect silence.' }),
  new Lane({ tag: 'steady', title: 'SteadyWebSocket', keeps: true, paced: true,
    make: url => new SteadyWebSocket(url, [], OPTIONS),
    note: 'Reconnects, and sends what had not left. Detects silence, and reports what is in doubt.' }),
  new Lane({ tag: 'session', title: 'With a session', keeps: true, paced: true,
    make: url => new WithSession(server.forSession(url), [], OPTIONS),
    note: 'The same class, and a server that acknowledges: after a fault, what it did not handle is sent again. Every message arrives once.',
    plain: 'This server has no sessions, so the socket goes on without one.' }),
];
const steady = lanes[2];
const server = await find();

const cards = lanes.map(lane => new Card(byId('lanes'), lane));
new Record(() => steady.socket);
new Inspector(() => server.network);
const timeline = new Timeline(byId('line'), lanes);
const diagram = new Diagram(byId('diagram'), byId('state-now'));
const bytes = value => (value < 1e3 ? `${Math.round(value)} B` : value < 1e6 ? `${Math.round(value / 1e3)} kB` : `${(value / 1e6).toFixed(1)} MB`);
const plots = [
  { title: 'bufferedAmount, water marks', read: lane => lane.socket?.bufferedAmount ?? 0, say: bytes, marks: [HIGH, LOW], least: HIGH * 1.2 },
  { title: 'Echoes per second', read: lane => lane.rate, say: value => `${value}/s`, least: 12 },
  { title: 'Round trip', read: lane => lane.roundTrip, say: value => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`, least: 5 },
].map(what => new Plot(byId('plots'), lanes, what));

function log(text, kind = '') {
  const time = element('time', {}, new Date().toLocaleTimeString('en-GB'));
  byId('log').prepend(element('li', { class: kind }, time, text));
  if (byId('log').childElementCount > LOGGED) byId('log').lastElementChild.remove();
}

function narrate(socket) {
  const on = (type, words) => socket.addEventListener(type, event => {
    if (steady.socket === socket) log(words(event), type);
  });
  on('open', () => {
    notice('');
    return `open: connection ${socket.stats().connections}`;
  });
  on('reconnecting', ({ code, attempt, delay, inDoubt }) => {
    if (!socket.stats().connections) notice(`Nothing answers at ${byId('url').value} yet. Check the address; SteadyWebSocket goes on trying.`);
    return `reconnecting: ${code}, attempt ${attempt} in ${Math.round(delay)} ms, ${inDoubt} in doubt`;
  });
  on('discard', ({ messages }) => `discard: ${messages.length}, ${[...new Set(messages.map(({ reason }) => reason))].join(', ')}`);
  on('drain', () => 'drain');
  on('error', () => 'error');
  on('close', ({ code, reason, wasClean }) => `close: ${code} ${reason} ${wasClean ? 'clean' : 'not clean'}`);
}

/** What is wrong with an address, or nothing. */
function objection(text) {
  if (!text) return `Server is empty. Enter an address such as ${server.address}`;
  if (!URL.canParse(text)) return `Server: “${text}” is not an address. Enter one such as ${server.address}`;
  const { protocol, hash } = new URL(text);
  if (!/^(ws|http)s?:$/.test(protocol)) return `Server: “${text}” begins with “${protocol}”. Enter an address that begins with ws:// or wss://`;
  if (hash || text.endsWith('#')) return `Server: “${text}” has a #fragment, which WebSocket does not allow. Remove it.`;
}

async function restart(faults) {
  const url = byId('url').value.trim();
  const wrong = objection(url);
  notice(wrong ?? '');
  byId('url').setAttribute('aria-invalid', `${!!wrong}`);
  if (wrong) return;
  server.use(url);
  byId('where').textContent = server.where;
  try {
    faults.reset(await server.heal());
  } catch (cause) {
    faults.reset(false);
    notice(cause.message);
  }
  for (const view of [timeline, ...plots]) view.clear();
  byId('log').replaceChildren();
  for (const lane of lanes) lane.start(url);
  narrate(steady.socket);
}

/** Without the server's log there are still the echoes to count by. */
async function count() {
  let failure;
  for (const [place, lane] of lanes.entries()) {
    try {
      if (lane.socket && !failure) lane.learn(await server.received(lane.tag));
    } catch (cause) {
      failure = cause;
    }
    cards[place].count(lane.counts());
  }
  if (failure) throw failure;
}

/** Reads the server's log again and again, at leisure: the longer it is, the seldomer. */
async function keepCounting() {
  const began = performance.now();
  try {
    await count();
    if (byId('notice').dataset.lost) notice('');
    delete byId('notice').dataset.lost;
  } catch (cause) {
    byId('notice').dataset.lost = 'true';
    notice(cause.message);
  }
  setTimeout(keepCounting, Math.max(COUNT, 10 * (performance.now() - began)));
}

function tick(faults) {
  const now = performance.now();
  for (const lane of lanes) {
    lane.send(now, faults.size);
    lane.tick();
  }
  timeline.tick(now);
  for (const plot of plots) plot.tick();
  if (!document.hidden) draw(now);
  if (steady.sent.length > ENOUGH) restart(faults);
}

function draw(now) {
  for (const view of [...cards, timeline, ...plots]) view.draw(now);
  const { phase } = steady;
  const { attempts = 0, connections = 0, roundTrip } = steady.socket?.stats() ?? {};
  const parts = [`attempt ${attempts}`, `connection ${connections}`];
  if (phase === 'waiting') parts[0] = `next attempt in ${((steady.waitsUntil - now) / 1000).toFixed(1)} s`;
  if (roundTrip !== undefined) parts.push(`last heartbeat ${roundTrip.toFixed(1)} ms`);
  diagram.show(phase, parts.join(' · '));
}

export async function run() {
  const faults = new Faults(byId('faults'), {
    command: path => server.command(path),
    tags: () => lanes.map(({ tag }) => tag),
    told({ name, says }) {
      if (says) byId('told').textContent = says;
      timeline.fault(name);
      log(`fault: ${name}`, 'fault');
    },
    failed: cause => notice(cause.message),
  });
  byId('theme').addEventListener('click', () => {
    const { style } = document.documentElement;
    const now = style.colorScheme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    style.colorScheme = now === 'dark' ? 'light' : 'dark';
  });
  byId('address').addEventListener('submit', event => {
    event.preventDefault();
    restart(faults);
  });
  setInterval(() => tick(faults), TICK);
  const asked = new URL(location).searchParams.get('ws');
  byId('url').value = asked ?? server.address;
  await restart(faults);
  performance.mark('ready');
  keepCounting();
}
