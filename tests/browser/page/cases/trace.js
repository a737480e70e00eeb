// The trace of a live socket: replaying the text reproduces what the machine did.

import { alone, equal } from "../harness.js";
import { SteadyWebSocket, WebSocket, replay, trace } from "/pkg/trace.js";

const fired = (text) => [...text.matchAll(/^ +fire (\w+)/gm)].map(([, name]) => name);

for (const [name, Class] of Object.entries({ strict: WebSocket, steady: SteadyWebSocket })) {
  alone(`the trace of a ${name} socket replays`, async (t) => {
    const socket = t.keep(new Class(t.url("/echo"), []));
    const told = [];
    for (const type of ["open", "close"]) socket.addEventListener(type, () => told.push(type));
    await t.next(socket, "open");
    socket.send("Grüße");
    await t.next(socket, "message");
    socket.close(3001, 'said "so"');
    await t.next(socket, "close");
    // The strict class has no listener: when queried, it reads the platform's state.
    equal(socket.readyState, 3);
    const whole = replay(trace(socket));
    equal(fired(whole), told);
    equal(replay(whole), whole, "the same again");
    equal(/^\d+(\+\d+)? close 3001 "said \\"so\\""$/m.test(whole), true, whole);
    equal(/^\d+(\+\d+)? send 7/m.test(whole), true, whole);
  });
}

alone("what is no trace is refused, and the line named", async () => {
  const refusal = (text) => {
    try {
      return replay(text);
    } catch (cause) {
      return `${cause.name}: ${cause.message}`;
    }
  };
  equal(refusal("socket strict\nnonsense"), "SyntaxError: Failed to replay a trace: line 2: expected a number in range.");
});
