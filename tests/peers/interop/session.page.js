// Sockets with sessions at servers without.

import { equal, next, until } from "../page/check.js";

export const cases = () => ({
  async "a session is preferred: the socket says that there is none, and goes on"(t) {
    for (const protocols of [["interop"], []]) {
      const socket = new t.Class(t.url, protocols);
      t.after(() => socket.close());
      const states = [];
      socket.addEventListener("session", ({ state }) => states.push(state));
      const got = [];
      socket.addEventListener("message", ({ data }) => got.push(data));
      const sent = socket.send("\u0010there and back", { track: true });
      await until(() => got.length);
      equal(got, ["\u0010there and back"]);
      equal(states, ["none"]);
      equal(socket.protocol, protocols[0] ?? "");
      equal(await sent.fate, "handed-over");
    }
  },

  async "a session is required: the socket ends and says why"(t) {
    const socket = new t.Class(t.url, ["interop"], { session: "require" });
    const sent = socket.send("never", { track: true });
    const [lost, closed] = await Promise.all([next(socket, "sessionlost"), next(socket, "close")]);
    equal([lost.reason, lost.handled, lost.unhandled.map(({ data }) => data)], ["no-sessions", 0, ["never"]]);
    equal([closed.wasClean, socket.readyState], [false, 3]);
    equal(await sent.fate, "closed");
  },
});
