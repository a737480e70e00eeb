// `steady-websocket/network` in this browser: the wire equals that of every other runtime, and our classes run over
// it.

import { Network } from "/pkg/network.js";
import { SteadyWebSocket, alone, equal } from "../harness.js";
import { WIRE, conversation } from "/network/conversation.js";

alone("network: the same seed gives the same wire as everywhere", async () => {
  equal(await conversation(Network), WIRE);
});

alone("network: navigator.onLine and its events follow an installed network", async () => {
  const network = new Network();
  const before = navigator.onLine;
  const seen = [];
  const note = ({ type }) => seen.push([type, navigator.onLine]);
  for (const type of ["offline", "online"]) addEventListener(type, note);
  network.install();
  try {
    for (const offline of [true, true, false, true]) network.offline = offline;
    equal(seen, [["offline", false], ["online", true], ["offline", false]]);
  } finally {
    network.uninstall();
    for (const type of ["offline", "online"]) removeEventListener(type, note);
  }
  equal([navigator.onLine, Object.hasOwn(navigator, "onLine")], [before, false]);
});

alone("network: a steady socket reconnects in virtual time, over an installed network", async () => {
  const network = new Network({ latency: 10 });
  const peers = [];
  network.listen("wss://server.test/", (request) => peers.push(request.accept()));
  const before = globalThis.WebSocket;
  network.install();
  try {
    const socket = new SteadyWebSocket("wss://server.test/", [], { backoff: { first: 60_000, ceiling: 60_000, jitter: "none" } });
    const seen = [];
    for (const type of ["open", "reconnecting", "close"]) socket.addEventListener(type, () => seen.push([network.now, type]));
    await network.advance(100);
    peers[0].cut();
    await network.advance(100_000);
    socket.close();
    await network.idle();
    equal(seen, [[40, "open"], [110, "reconnecting"], [60_150, "open"], [100_120, "close"]]);
  } finally {
    network.uninstall();
  }
  equal(globalThis.WebSocket, before);
});
