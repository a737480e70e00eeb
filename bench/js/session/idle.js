// Connections that do nothing: opened as a client of each kind does it, without its memory.
//
//   node bench/js/session/idle.js CONTENDER ADDRESS COUNT
//
// Prints a line when all are open, and ends with its standard input.

import { WebSocket } from "ws";

const [contender, address, count] = process.argv.slice(2);
const DLE = "\u0010";

/** For each program: its path and sub-protocol, its answers by the beginning of the message, and the last message. */
const { path, protocol, answers, last } = {
  steady: { path: "/echo", answers: [], last: undefined },
  session: { path: "/echo", protocol: "steady.v1", answers: [[`${DLE}H`, `${DLE}O262144`]], last: `${DLE}W` },
  "socket.io": {
    path: "/socket.io/?EIO=4&transport=websocket&load=echo",
    answers: [["0", "40"], ["2", "3"]],
    last: "40",
  },
}[contender];

const open = () =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(address + path, protocol, { perMessageDeflate: false });
    socket.on("error", reject);
    if (!last) socket.on("open", resolve);
    socket.on("message", (data) => {
      const text = `${data}`;
      if (last && text.startsWith(last)) return resolve();
      const answer = answers.find(([start]) => text.startsWith(start));
      if (answer) socket.send(answer[1]);
    });
  });

let left = Number(count);
const lane = async () => {
  while (left-- > 0) await open();
};
await Promise.all(Array.from({ length: 50 }, lane));
console.log("open");
process.stdin.on("end", () => process.exit()).resume();
