// The page: two lanes, the fault buttons, and what the steady socket goes through.

import { SteadyWebSocket } from './pkg/index.js';
import { Diagram, Plot } from './charts.js';
import { Lane } from './lane.js';

const TICK = 100;
const HIGH = 1 << 20, LOW = 1 << 18;
const LOGGED = 300;
const byId = id => document.getElementById(id);

/** Each fault, as a request to the control port of the server that also serves this page. */
const FAULTS = [
  ['Kill the connections', '/kill?mode=rst'],
  ['Server down', '/stop-listening?kill'],
  ['Server up', '/start-listening'],
  ['Refuse the next three', '/mode?do=refuse&status=503&n=3'],
  ['Restart: 1012', '/close?code=1012'],
  ['Overload: 1013', '/close?code=1013'],
  ['Go silent', '/silence'],
  ['Read slowly', '/slow?rate=2000'],
  ['Policy: 1008, for good', '/close?code=1008'],
];

const notice = text => { byId('notice').textContent = text; };

function log(text) {
  const item = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = new Date().toLocaleTimeString('en-GB', { hour12: false });
  item.append(time, text);
  byId('log').prepend(item);
  if (byId('log').childElementCount > LOGGED) byId('log').lastElementChild.remove();
}

async function commit(path, name) {
  try {
    const answer = await fetch(path, { method: 'POST' });
    if (!answer.ok) throw new Error(await answer.text());
    notice('');
    log(`fault: ${name}`);
  } catch (error) {
    notice(`The fault server did not take “${name}”: ${error.message}. Is cargo xtask demo still running?`);
  }
}

for (const [name, path] of FAULTS) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = name;
  button.addEventListener('click', () => commit(path, name));
  byId('faults').append(button);
}

async function address() {
  const asked = new URL(location).searchParams.get('ws');
  if (asked) return asked;
  const answer = await fetch('/health');
  if (!answer.ok) throw new Error(`/health answered ${answer.status}`);
  return (await answer.json()).ws;
}

function narrate(socket, lane, phase) {
  socket.addEventListener('open', () => {
    phase.is = 'open';
    log(`open: connection ${socket.stats().connections}`);
  });
  socket.addEventListener('reconnecting', ({ code, attempt, delay, inDoubt }) => {
    phase.is = 'waiting';
    phase.until = performance.now() + delay;
    log(`reconnecting: ${code}, attempt ${attempt} in ${Math.round(delay)} ms, ${inDoubt} in doubt`);
  });
  socket.addEventListener('discard', ({ messages }) => {
    for (const { data } of messages) lane.told(data);
    log(`discard: ${messages.length} (${[...new Set(messages.map(({ reason }) => reason))].join(', ')})`);
  });
  socket.addEventListener('drain', () => log('drain'));
  socket.addEventListener('error', () => log('error'));
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    log(`close: ${code} ${reason}${wasClean ? '' : ' (unclean)'}`);
  });
}

function stateOf(socket, phase, now) {
  if (socket.readyState !== 0) return ['', 'open', 'closing', 'closed'][socket.readyState];
  return phase.is === 'waiting' && now < phase.until ? 'waiting' : 'connecting';
}

async function run() {
  let ws;
  try {
    ws = await address();
  } catch (error) {
    notice(`There is no socket server to talk to: ${error.message}. Start the page with cargo xtask demo.`);
    return;
  }
  const native = new Lane('Native WebSocket', 'Accepts messages only while open. Nobody calls it back.',
    byId('lanes'), { open: () => new globalThis.WebSocket(`${ws}/echo?id=native`), queues: false });
  const steady = new Lane('SteadyWebSocket', 'One object throughout. Queues while it reconnects.',
    byId('lanes'), { queues: true, open: () => new SteadyWebSocket(`${ws}/echo?id=steady`, [], {
      heartbeat: { interval: 2000, timeout: 1500, message: 'ping', isReply: data => data === 'ping' },
      highWaterMark: HIGH,
      lowWaterMark: LOW,
    }) });
  const phase = { is: 'connecting', until: 0 };
  native.start();
  const socket = steady.start();
  narrate(socket, steady, phase);

  const diagram = new Diagram(byId('diagram'));
  const buffered = new Plot(byId('plots'), 'bufferedAmount', 'B', [HIGH, LOW]);
  const rate = new Plot(byId('plots'), 'Arriving', 'messages/s');
  const delay = new Plot(byId('plots'), 'Round trip', 'ms');

  let arrivedBefore = 0;
  setInterval(() => {
    const now = performance.now();
    for (const lane of [native, steady]) lane.tick(now);
    buffered.push(socket.bufferedAmount);
    rate.push((steady.counts.arrived - arrivedBefore) * (1000 / TICK));
    arrivedBefore = steady.counts.arrived;
    delay.push(steady.roundTrips.splice(0).at(-1) ?? delay.values.at(-1) ?? 0);
  }, TICK);
  const draw = () => {
    const now = performance.now();
    for (const lane of [native, steady]) lane.draw(now);
    for (const plot of [buffered, rate, delay]) plot.draw();
    const state = stateOf(socket, phase, now);
    const { attempts } = socket.stats();
    diagram.show(state, state === 'waiting'
      ? `next attempt in ${((phase.until - now) / 1000).toFixed(1)} s` : `attempt ${attempts}`);
    requestAnimationFrame(draw);
  };
  draw();
  // The page's own tests read the counters here; so may anyone in the console.
  globalThis.lanes = { native: native.counts, steady: steady.counts };
}

run();
