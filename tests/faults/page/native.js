// Watches every native socket from before any library is loaded: what is created, what each is given, and what had
// not left when it ended. So all libraries are judged by the same facts, not by their own reports.

import { numberOf, sizeOf } from "./messages.js";

const Native = globalThis.WebSocket;
const { send } = Native.prototype;
// A class that extends the native one may report something else.
const amount = Object.getOwnPropertyDescriptor(Native.prototype, "bufferedAmount").get;
const connections = new WeakMap();
const watchers = new Map();

class Connection {
  made = performance.now();
  opened = 0;
  ended = 0;
  /** What it was handed, in order. */
  handed = [];
  /** Bytes that had not left when it ended. */
  unsent = 0;
  clean = false;
  /** What its Close frame said, once it has ended. */
  code = 0;

  /** `read` returns the number of what is sent. */
  constructor(socket, { changed, read }) {
    this.read = read;
    socket.addEventListener("open", () => {
      this.opened = performance.now();
      changed();
    });
    socket.addEventListener("close", ({ wasClean, code }) => {
      this.ended = performance.now();
      this.unsent = amount.call(socket);
      this.clean = wasClean;
      this.code = code;
      changed();
    });
  }

  /** The numbers of the messages of which not one byte had left. */
  neverLeft() {
    const numbers = new Set();
    let bytes = 0;
    for (const { number, size } of this.handed.toReversed()) {
      bytes += size;
      if (bytes > this.unsent) break;
      numbers.add(number);
    }
    return numbers;
  }
}

globalThis.WebSocket = new Proxy(Native, {
  construct(target, args, newTarget) {
    const socket = Reflect.construct(target, args, newTarget);
    const watcher = watchers.get(new URL(args[0]).searchParams.get("id"));
    if (watcher) {
      const connection = new Connection(socket, watcher);
      connections.set(socket, connection);
      watcher.list.push(connection);
      watcher.changed();
    }
    return socket;
  },
});

Native.prototype.send = function (data) {
  send.call(this, data);
  const connection = connections.get(this);
  connection?.handed.push({ number: connection.read(data), size: sizeOf(data) });
};

/** The native sockets made for addresses with this `id`, in a list that grows. */
export function watch(id, changed, read = numberOf) {
  const list = [];
  watchers.set(id, { list, changed, read });
  return list;
}

export const forget = (id) => watchers.delete(id);
