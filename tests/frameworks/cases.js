// What each test framework runs: the network, with fake timers and without, and the matchers.

import { Network } from "steady-websocket/network";
import { SteadyWebSocket } from "steady-websocket";

const URL_ = "ws://server.test/";
const HOUR = 3600 * 1000;

/** `timers` has the framework's `fake()`, `real()`, `count()` and `advance(ms)`; `onlyFake` if they are fake from the start. */
export function cases({ test, expect, timers }) {
  /** An open socket and its peer. */
  async function opened(network, Class = network.WebSocket, ...rest) {
    const peers = [];
    network.listen(URL_, (request) => {
      const peer = request.accept();
      peer.onmessage = (data) => peer.send(data);
      peers.push(peer);
    });
    const socket = new Class(URL_, ...rest);
    await network.advance(1000);
    return { socket, peers, peer: peers[0] };
  }

  async function reconnects() {
    const network = new Network({ latency: 10 });
    network.install();
    try {
      const { socket, peers } = await opened(network, SteadyWebSocket, [], { backoff: { first: HOUR, ceiling: HOUR, jitter: "none" } });
      expect(socket.readyState).toBe(1);
      peers[0].cut();
      await network.advance(1000);
      expect(socket.readyState).toBe(0);
      await network.advance(HOUR);
      expect(socket.readyState).toBe(1);
      peers[1].cut();
      await network.advance(1000);
      let closed = 0;
      socket.onclose = () => closed++;
      socket.close();
      await network.idle();
      expect([socket.readyState, closed]).toEqual([3, 1]);
    } finally {
      network.uninstall();
    }
  }

  test("reconnects after an hour of the network's time", reconnects);

  test("fake timers do not disturb the network", async () => {
    timers.fake();
    try {
      await reconnects();
    } finally {
      timers.real();
    }
  });

  test("the network does not disturb fake timers", async () => {
    timers.fake();
    try {
      const before = Date.now();
      let fired = 0;
      setTimeout(() => fired++, 1000);
      await reconnects();
      expect([fired, Date.now() - before, timers.count()]).toEqual([0, 0, 1]);
      timers.advance(1000);
      expect([fired, Date.now() - before]).toEqual([1, 1000]);
    } finally {
      timers.real();
    }
  });

  // Fake timers that are there from the start leave no others.
  (timers.onlyFake ? test.skip : test)("a network in real time does not use fake timers", async () => {
    timers.fake();
    try {
      const network = new Network({ clock: "real", latency: 1 });
      const accepted = new Promise((resolve) => network.listen(URL_, (request) => resolve(request.accept())));
      const socket = new network.WebSocket(URL_);
      const open = new Promise((resolve) => (socket.onopen = resolve));
      const peer = await accepted;
      await open;
      socket.send("now");
      await expect(peer).toReceiveMessage("now");
      socket.close();
      await peer.closed;
    } finally {
      timers.real();
    }
  });

  test("toReceiveMessage takes the messages in order, beside onmessage", async () => {
    const network = new Network({ latency: 20 });
    const { socket, peer } = await opened(network);
    const echoed = [];
    socket.onmessage = ({ data }) => echoed.push(data);
    socket.send("one");
    socket.send(new Uint8Array([2, 3]));
    socket.send('{ "type": "three", "list": [1] }');
    socket.send("four");
    const at = network.now;
    await expect(peer).toReceiveMessage("one");
    expect(network.now).toBe(at + 20);
    await expect(peer).toReceiveMessage(new Uint8Array([2, 3]));
    await expect(peer).toReceiveMessage({ type: "three", list: [1] });
    await expect(peer).not.toReceiveMessage("five");
    await network.advance(20);
    expect(echoed[0]).toBe("one");
    socket.send('{ "type": "six", "list": [] }');
    await expect(peer).toReceiveMessage(expect.objectContaining({ type: "six" }));
    socket.send("seven");
    await expect(peer).toReceiveMessage(expect.stringContaining("eve"));
  });

  test("toReceiveMessage lets time pass for messages that come later", async () => {
    const network = new Network();
    const { socket, peer } = await opened(network);
    network.setTimeout(() => socket.send("late"), 5000);
    await expect(peer).toReceiveMessage("late", { timeout: 6000 });
    network.setTimeout(() => socket.send("too late"), 5000);
    await expect(expect(peer).toReceiveMessage("too late")).rejects.toThrow("no message in 1000 ms");
    // Also with `.not`: it is about the next message, and there was none.
    await expect(expect(peer).not.toReceiveMessage("x")).rejects.toThrow("no message in 1000 ms");
    await network.advance(expect(peer).toReceiveMessage("too late", { timeout: 10_000 }));
  });

  test("several toReceiveMessage at one time", async () => {
    const network = new Network({ latency: 20 });
    const { socket, peer } = await opened(network);
    socket.send("a");
    socket.send("b");
    await Promise.all([expect(peer).toReceiveMessage("a"), expect(peer).toReceiveMessage("b")]);
  });

  test("toHaveReceivedMessages looks at all messages so far, in any order", async () => {
    const network = new Network();
    const { socket, peer } = await opened(network);
    for (const data of ["one", '{"two":2}', "three"]) socket.send(data);
    expect(peer).not.toHaveReceivedMessages(["one"]);
    await network.idle();
    expect(peer).toHaveReceivedMessages(["three", { two: 2 }, "one"]);
    expect(peer).toHaveReceivedMessages([]);
    expect(peer).not.toHaveReceivedMessages(["four", "five"]);
    expect(() => expect(peer).toHaveReceivedMessages(["one", "four"])).toThrow("all of");
    expect(() => expect(peer).not.toHaveReceivedMessages(["one", "four"])).toThrow("none of");
  });

  test("the failure shows both messages, and the difference", async () => {
    const network = new Network();
    const { socket, peer } = await opened(network);
    socket.send('{"type":"login","user":"ann"}');
    const plain = (text) => text.replaceAll(/\x1b\[\d+m/g, "");
    const { message } = await expect(peer).toReceiveMessage({ type: "login", user: "bob" }).catch((error) => error);
    expect(plain(message)).toMatch(/next message to be: [^]*"bob"[^]*Received: [^]*"ann"/);
    expect(plain(message)).toMatch(/-\s+"user": "bob",\n\+\s+"user": "ann",/);
  });

  test("wrong uses fail, with `.not` too", async () => {
    const network = new Network();
    const { peer } = await opened(network);
    for (const wrong of [undefined, {}, network]) {
      await expect(expect(wrong).toReceiveMessage("x")).rejects.toThrow("must be a peer");
      await expect(expect(wrong).not.toReceiveMessage("x")).rejects.toThrow("must be a peer");
      expect(() => expect(wrong).toHaveReceivedMessages([])).toThrow("must be a peer");
      expect(() => expect(wrong).not.toHaveReceivedMessages([])).toThrow("must be a peer");
    }
    await expect(expect(peer).toReceiveMessage("x", { timeout: -1 })).rejects.toThrow("timeout must be");
    expect(() => expect(peer).toHaveReceivedMessages("x")).toThrow("expected must be an array");
  });
}
