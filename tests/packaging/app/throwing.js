// The application's callbacks throw, one after another: records what is reported, and that the socket goes on.

/** Where this runtime reports uncaught exceptions, by the message of each. */
const channels = new Map();
const note = (channel) => (cause) => {
  cause.preventDefault?.();
  channels.set((cause.error ?? cause.reason ?? cause).message, channel);
};
if (globalThis.process?.on && !globalThis.Deno) {
  for (const type of ["uncaughtException", "unhandledRejection"]) process.on(type, note(type));
}
for (const type of ["error", "unhandledrejection"]) globalThis.addEventListener?.(type, note(type));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const fail = (what) => {
  throw new Error(what);
};

/** Until an exception with this message was reported: how. */
async function reported(what) {
  while (!channels.has(what)) await pause(5);
  return channels.get(what);
}

const next = (socket, type) => new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));

export async function throwing({ SteadyWebSocket, WebSocket }, url) {
  // How the runtime itself reports an exception of a listener.
  const target = new EventTarget();
  target.addEventListener("x", () => fail("a listener of the runtime's"));
  target.dispatchEvent(new Event("x"));
  const usual = await reported("a listener of the runtime's");

  const sockets = [];
  const steady = (options, address = url) => {
    const backoff = { first: 1, ceiling: 1, floor: 1, jitter: "none" };
    const socket = new SteadyWebSocket(address, [], { backoff, ...options });
    sockets.push(socket);
    return socket;
  };
  const told = {};
  const beside = steady();
  await next(beside, "open");

  for (const Class of [WebSocket, SteadyWebSocket]) {
    const socket = new Class(url);
    sockets.push(socket);
    await next(socket, "open");
    socket.addEventListener("message", () => fail(`a listener of ${Class.name}`));
    const later = next(socket, "message");
    socket.send("x");
    await later;
    told[`message of ${Class.name}`] = await reported(`a listener of ${Class.name}`);
    const close = next(socket, "close");
    socket.addEventListener("close", () => fail(`close of ${Class.name}`));
    socket.close();
    await close;
    told[`close of ${Class.name}`] = await reported(`close of ${Class.name}`);
  }

  // By default it is retried.
  const retrying = steady({ retry: () => fail("retry") }, url.replace("/echo", "/close?code=1011"));
  await next(retrying, "reconnecting");
  told.retry = await reported("retry");

  let gates = 0;
  const gated = steady({ beforeFlush: () => gates++ || fail("beforeFlush") });
  gated.send("kept");
  await next(gated, "reconnecting");
  const { cause } = gated.lastFailure;
  const { data } = await next(gated, "message");
  told.beforeFlush = [await reported("beforeFlush"), cause, data];

  const heartbeat = { interval: 20, timeout: 10_000 };
  const asked = steady({ heartbeat: { ...heartbeat, message: () => fail("heartbeat.message") } });
  told["heartbeat.message"] = await reported("heartbeat.message");
  asked.send("goes on");
  await next(asked, "message");

  const replying = steady({ heartbeat: { ...heartbeat, message: "ping", isReply: () => fail("isReply") } });
  // Then it is no reply, so the application receives it.
  await next(replying, "message");
  told.isReply = await reported("isReply");

  // Not an uncaught exception: an attempt that failed, with its cause.
  let attempts = 0;
  const provided = steady({}, () => (attempts++ ? url : fail("an address")));
  await next(provided, "open");
  told.provider = [channels.has("an address"), provided.lastFailure.error.message];

  for (const socket of [beside, retrying, gated, asked, replying, provided]) {
    const goesOn = socket === retrying || socket.readyState === 1;
    if (!goesOn) fail("a socket did not go on");
  }
  for (const socket of sockets) socket.terminate();
  return { usual, told };
}
