// The servers that the suite's pages connect to, as peers of an emulated network. One for each path.

// Pages may replace the global function.
const { setTimeout } = globalThis;

/** Accepts without a sub-protocol, and closes. */
const closes = (request) => request.accept().close(1000);

/** Accepts, sends one message, and closes. */
const says = (text) => (request) => {
  const peer = request.accept();
  peer.send(text(request));
  peer.close(1000);
};

/** Accepts with a sub-protocol, sends its name, and closes. */
const saysProtocol = (choose) => (request) => {
  const protocol = choose(request.protocols);
  const peer = request.accept({ protocol });
  peer.send(protocol);
  peer.close(1000);
};

/** Accepts, and answers each message. */
const answers = (answer, protocol = () => undefined) => (request) => {
  const peer = request.accept({ protocol: protocol(request) });
  peer.onmessage = (data) => answer(peer, data);
};

const later = (ms, handle) => (request) => setTimeout(() => handle(request), ms);

const echo = answers(
  (peer, data) => {
    peer.send(data);
    if (data === "Goodbye") peer.close(1000);
  },
  ({ protocols }) => protocols.find((name) => name === "echo"),
);

const closesAtGoodbye = answers((peer, data) => {
  if (data === "Goodbye") peer.close(1000);
});

/** Reads ten messages a second, and answers each with its length. */
function readsSlowly(request) {
  const peer = request.accept();
  const waiting = [];
  let timer;
  const read = () => {
    peer.send(`${waiting.shift().length}`);
    timer = waiting.length ? setTimeout(read, 100) : undefined;
    if (!waiting.length) peer.resumeReading();
  };
  peer.onmessage = (data) => {
    waiting.push(data);
    peer.stopReading();
    timer ??= setTimeout(read, 100);
  };
}

/** Answers the Close frame after a second. */
function closesLate(request) {
  const peer = request.accept();
  peer.stopReading();
  setTimeout(() => peer.resumeReading(), 1000);
}

function wantsCredentials(request) {
  if (request.headers.get("authorization") === `Basic ${btoa("foo:bar")}`) closes(request);
  else request.refuse(401, { headers: { "www-authenticate": 'Basic realm="camelot"' } });
}

/** Opens and closes in one segment. */
const opensAndCloses = (request) => request.accept().close(1001, "PASS");

export const handlers = {
  "/basic_auth": wantsCredentials,
  "/delayed-passive-close": closesLate,
  "/echo": echo,
  "/echo-query": says(({ url }) => new URL(url).search.slice(1)),
  "/echo-query_v13": says(({ url }) => new URL(url).search.slice(1)),
  "/echo_close_data": closesAtGoodbye,
  "/echo_exit": closesAtGoodbye,
  "/echo_raw": answers((peer, data) => peer.write(data)),
  "/empty-message": answers((peer, data) => {
    peer.send(data === "" ? "pass" : "fail");
    peer.close(1000);
  }),
  "/handshake_no_extensions": closes,
  "/handshake_no_protocol": closes,
  "/handshake_protocol": (request) => request.fault("refuse", { how: "protocol" }),
  "/handshake_sleep_2": later(2000, closes),
  // The suite's own server answers with something that is no HTTP.
  "/invalid": (request) => request.refuse(400),
  "/origin": says(({ origin }) => origin),
  "/protocol": saysProtocol(([first]) => first),
  "/protocol_array": saysProtocol(([first]) => first),
  "/receive-many-with-backpressure": readsSlowly,
  "/referrer": says(({ headers }) => headers.get("referer") ?? "MISSING AS PER FETCH"),
  "/simple_handshake": opensAndCloses,
  "/sleep_10_v13": later(10_000, echo),
  "/wrong_accept_key": (request) => request.fault("refuse", { how: "accept-key" }),
};
