// One contender: lives per second, and nanoseconds for a message.
//
//   node bench/js/network/run.js NAME LIVES MESSAGES

const [name, lives, messages] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const { echo } = await import(`./${name}.js`);
const url = "ws://bench.test/";
const { WebSocket, settled } = echo(url);
/** So many lives are led at the same time: a mock with timers waits for them together. */
const TOGETHER = 100;
/** So many messages are sent at once: our network takes many more, without time passing, for an endless loop. */
const AT_ONCE = 10_000;

/** Opens, sends a message, waits for the echo, closes. */
const life = () =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.addEventListener("open", () => socket.send("hello"));
    socket.addEventListener("message", () => socket.close());
    socket.addEventListener("close", resolve);
  });

async function live(count) {
  for (let led = 0; led < count; led += TOGETHER) {
    await settled(Promise.all(Array.from({ length: Math.min(TOGETHER, count - led) }, life)));
  }
}

/** Resolves when all messages have come back. */
const echoed = (count) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    let received = 0;
    socket.addEventListener("open", () => {
      for (let sent = 0; sent < count; sent++) socket.send("a message of thirty-two letters.");
    });
    socket.addEventListener("message", () => {
      if (++received === count) socket.close();
    });
    socket.addEventListener("close", resolve);
  });

async function exchange(count) {
  for (let sent = 0; sent < count; sent += AT_ONCE) await settled(echoed(Math.min(AT_ONCE, count - sent)));
}

/** Seconds that the second run takes: the first one warms up. */
async function timed(run, count) {
  await run(Math.ceil(count / 10));
  const begin = performance.now();
  await run(count);
  return (performance.now() - begin) / 1000;
}

const result = {
  lives: lives / (await timed(live, lives)),
  nanoseconds: ((await timed(exchange, messages)) * 1e9) / messages,
};
// MSW keeps the process.
process.stdout.write(JSON.stringify(result), () => process.exit());
