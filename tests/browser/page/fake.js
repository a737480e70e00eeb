// Another copy of the package, over a native class that each case controls.

/** Native sockets by the host they are for. */
const made = new Map();

/** The native class. */
class Fake extends EventTarget {
  state = 0;
  buffered = 0;
  sent = [];
  binaryType = "blob";

  constructor(url) {
    super();
    this.address = url;
    made.get(new URL(url).host).push(this);
  }

  get url() {
    return this.address;
  }

  get readyState() {
    return this.state;
  }

  get bufferedAmount() {
    return this.buffered;
  }

  get protocol() {
    return "";
  }

  get extensions() {
    return "";
  }

  /** What is sent stays in the buffer until the case says otherwise. */
  send(data) {
    this.sent.push(data);
    this.buffered += data.length ?? data.byteLength;
  }

  close() {
    this.state = Math.max(this.state, 2);
  }

  open() {
    this.state = 1;
    this.dispatchEvent(new Event("open"));
  }

  message(data) {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  end(code = 1006, wasClean = false) {
    this.state = 3;
    this.dispatchEvent(new CloseEvent("close", { code, wasClean }));
  }
}

/** The package's classes over `Native`. */
export async function over(Native) {
  const own = globalThis.WebSocket;
  globalThis.WebSocket = Native;
  try {
    return await import(`/pkg/index.js?${crypto.randomUUID()}`);
  } finally {
    globalThis.WebSocket = own;
  }
}

let classes;

/** The package's classes over the fake native class, an address, and the native sockets that are made for it. */
export async function faked() {
  // Once for all cases: browsers have room for some hundred instances of a wasm.
  classes ??= over(Fake);
  const host = `test-${made.size}.invalid`;
  made.set(host, []);
  return { ...(await classes), Fake, address: `ws://${host}/`, made: made.get(host) };
}

/** Lets time pass without letting anything happen. */
export function block(ms) {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** A backoff that does not end during a case. */
const patient = { first: 60_000, ceiling: 60_000, floor: 1, jitter: "none" };

/** A steady socket over a fake native class, the native sockets beneath it, and the types of its events. */
export async function steadyOverFake(t, options = {}) {
  const { SteadyWebSocket, address, made } = await faked();
  const socket = t.keep(new SteadyWebSocket(address, [], { backoff: patient, ...options }));
  const seen = [];
  for (const type of ["open", "message", "error", "close", "reconnecting", "discard", "drain"]) {
    socket.addEventListener(type, () => seen.push(type));
  }
  return { socket, natives: made, seen };
}

/** Runs a function, and returns what was reported to the page meanwhile. That does not fail the case. */
export async function reported(run) {
  const causes = [];
  const note = (event) => {
    event.preventDefault();
    causes.push((event.error ?? event.reason)?.message);
  };
  for (const type of ["error", "unhandledrejection"]) addEventListener(type, note);
  try {
    await run();
    // Unhandled rejections are reported after the task.
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    for (const type of ["error", "unhandledrejection"]) removeEventListener(type, note);
  }
  return causes;
}
