// Every fault, and how it is injected. `first` are behaviours for the socket's next connections, as paths of
// tests/server; `strike` acts on the open connection. The rest is random.

const cut = (chance) => chance.one(["rst", "fin"]);
const times = (chance, most, path) => Array.from({ length: chance.between(1, most) }, () => path);
const after = (chance) => chance.between(1, 12);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const REFUSALS = [301, 302, 400, 401, 403, 404, 429, 500, 502, 503, 504];
const RETRIED = ["none", 1001, 1011, 1012, 1013, 1014, 3001, 3008, 4000, 4600];
const STOPPING = [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4400, 4499];
const VIOLATIONS = [
  "opcode", "masked", "utf8", "oversize", "length", "fragmented-control", "close-code", "close-length",
  "close-utf8", "rsv", "continuation", "interleave", "data-after-close",
];

/** A pulse every so many ms. */
const BEAT = 250;

/**
 * `hangs`: the connection does not end by itself, so the fault's time begins when it is begun. `beats`: the sockets that
 * can have a heartbeat have one. `ends`: by one of these codes, after which a steady socket does not come back, and must not.
 */
export const faults = [
  { name: "refused by a status", first: (c) => times(c, 2, `/refuse?status=${c.one(REFUSALS)}`) },
  { name: "wrong accept key", first: (c) => times(c, 2, "/refuse?how=accept-key") },
  { name: "sub-protocol nobody offered", first: (c) => times(c, 2, "/refuse?how=protocol") },
  { name: "extension nobody offered", first: (c) => times(c, 2, "/refuse?how=extension") },
  { name: "handshake never answered", first: () => ["/refuse?how=never"], hangs: true },
  { name: "black hole", first: () => ["/blackhole"], hangs: true },
  { name: "accepted, then dropped", first: (c) => times(c, 3, `/accept-drop?mode=${cut(c)}`) },
  { name: "dropped before a frame", first: (c) => [`/drop?when=before&after=${after(c)}&mode=${cut(c)}`] },
  { name: "dropped within a frame", first: (c) => [`/drop?when=within&after=${after(c)}&mode=${cut(c)}`] },
  { name: "dropped after a frame", first: (c) => [`/drop?when=after&after=${after(c)}&mode=${cut(c)}`] },
  {
    name: "dropped within ours",
    first: (c) => [`/drop?when=reading&bytes=${c.between(50, 100_000)}&mode=${cut(c)}`],
  },
  { name: "half-open", strike: (control) => control.post("/silence"), hangs: true, beats: BEAT },
  { name: "closed, to be retried", first: (c) => [`/close?code=${c.one(RETRIED)}&after=${after(c)}`] },
  {
    name: "closed at some time",
    strike: (control, c) => control.post(`/close?code=${c.one(RETRIED)}&reason=now`),
  },
  { name: "closed for good", first: (c) => [`/close?code=${c.one(STOPPING)}&after=${after(c)}`], ends: STOPPING },
  { name: "killed", strike: (control, c) => control.post(`/kill?mode=${cut(c)}`) },
  { name: "killed in a large burst", strike: (control, c) => control.post(`/kill?mode=${cut(c)}`), large: true },
  {
    name: "reads slowly, then killed",
    large: true,
    async strike(control, c) {
      await control.post(`/slow?rate=${c.between(10_000, 200_000)}`);
      await pause(c.between(50, 300));
      await control.post(`/kill?mode=${cut(c)}`);
    },
  },
  {
    name: "reads nothing, then killed",
    large: true,
    async strike(control, c) {
      await control.post("/pause");
      await pause(c.between(50, 300));
      await control.post(`/kill?mode=${cut(c)}`);
    },
  },
  {
    name: "reads nothing, then killed, small messages",
    async strike(control, c) {
      await control.post("/pause");
      await pause(c.between(20, 150));
      await control.post(`/kill?mode=${cut(c)}`);
    },
  },
  {
    name: "reads nothing, is given up, reads on",
    large: true,
    beats: BEAT,
    hangs: true,
    strike: (control) => control.post("/pause"),
    after: (control) => control.post("/resume"),
  },
  {
    name: "stops listening, starts again",
    async strike(control, c) {
      await control.post(`/stop-listening?kill&mode=${cut(c)}`);
      await pause(c.between(30, 400));
      await control.post("/start-listening");
    },
  },
  {
    name: "violates the protocol",
    first: (c) => [`/violate?how=${c.one(VIOLATIONS)}&after=${after(c)}`],
  },
];
