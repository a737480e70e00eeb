// The subjects: our classes, our Rust API, and other libraries, all with the same timeouts.

import "./native.js";
import * as ours from "/pkg/index.js";
import * as sessions from "/pkg/session.js";
import initApp, { Ladder, Socket } from "/app/app.js";
import { io } from "/peers/socket.io-client/dist/socket.io.esm.min.js";
import Partysocket from "/peers/partysocket/dist/ws.js";
import Reconnecting from "/peers/reconnecting-websocket/dist/reconnecting-websocket-mjs.js";
import { numberOf } from "./messages.js";

/** The first step of the ladder of delays, and the last. */
const LADDER = [20, 200];
/** For connecting. Closing has all the time that a busy machine may need. */
const TIMEOUT = 1_000;
const CLOSE_TIMEOUT = 10_000;
/** For connecting with a session, of which the hello alone may take two seconds. */
const SESSION_TIMEOUT = 2_500;

/** Tells the run what a JavaScript socket fires. */
function listen(socket, run, types) {
  for (const type of types) {
    socket.addEventListener(type, (event) => {
      run.heard({ type, state: socket.readyState, clean: event.wasClean, code: event.code });
      if (type === "message") return run.echoed(event.data);
      if (type === "discard") {
        for (const { data, reason } of event.messages) run.word(numberOf(data), reason);
      }
    });
  }
}

/** A JavaScript class: sends and closes alike in all of them. */
class Scripted {
  constructor(socket, run, types) {
    this.socket = socket;
    this.run = run;
    socket.binaryType = run.chance.one(["blob", "arraybuffer"]);
    listen(socket, run, types);
  }

  get readyState() {
    return this.socket.readyState;
  }

  get bufferedAmount() {
    return this.socket.bufferedAmount;
  }

  send({ data }) {
    this.socket.send(data);
  }

  close() {
    this.socket.close(1000);
  }
}

const EVENTS = ["open", "message", "error", "close"];

class Steady extends Scripted {
  /** Some are tracked. Those that are not can only be spoken of by `discard`. */
  send(message) {
    if (this.run.chance.in(0.5)) return this.socket.send(message.data);
    const { fate } = this.socket.send(message.data, { track: true });
    this.run.tracked.add(message.number);
    fate.then((what) => this.run.fate(message.number, what));
  }
}

class Rust {
  #tickets = [];

  constructor(url, run) {
    this.run = run;
    const ladder = new Ladder(...(run.fault.ladder ?? LADDER), TIMEOUT, CLOSE_TIMEOUT, run.fault.beats ?? 0);
    this.socket = new Socket(url, ladder, {
      open: () => run.heard({ type: "open" }),
      message: (data) => {
        run.heard({ type: "message" });
        run.echoed(data);
      },
      over: () => run.heard({ type: "exhausted" }),
      reconnecting: (code, clean) => run.heard({ type: "reconnecting", code, clean }),
      discard: (ticket, why) => {
        run.heard({ type: "discard" });
        run.word(this.#tickets[ticket], why);
      },
      close: (code, clean) => run.heard({ type: "close", code, clean }),
      missed: () => run.heard({ type: "missed" }),
    });
  }

  get readyState() {
    return this.socket.readyState;
  }

  get bufferedAmount() {
    return this.socket.bufferedAmount;
  }

  send({ data, number }) {
    if (typeof data === "string") this.#tickets[this.socket.text(data)] = number;
    else this.#tickets[this.socket.bytes(ArrayBuffer.isView(data) ? data : new Uint8Array(data))] = number;
  }

  close() {
    this.socket.close();
  }
}

const impatient = {
  minReconnectionDelay: LADDER[0],
  maxReconnectionDelay: LADDER[1],
  connectionTimeout: TIMEOUT,
  minUptime: 5_000,
};

/** A steady class with a session: reconnects after every close code, which would end the session otherwise. */
function openSession(url, run) {
  const [first, ceiling] = run.fault.ladder ?? LADDER;
  const { beats } = run.fault;
  const socket = new sessions.SteadyWebSocket(`${url}${run.fault.large ? "&large" : ""}`, [], {
    session: "require",
    connectTimeout: SESSION_TIMEOUT,
    closeTimeout: CLOSE_TIMEOUT,
    backoff: { first, ceiling, floor: 1, restartFloor: first, busyFloor: first },
    retry: () => true,
    ...(beats && { heartbeat: { interval: beats, timeout: beats } }),
    ...(run.chance.in(0.3) && { sessionWindow: run.chance.between(1, 100_000) }),
  });
  socket.addEventListener("sessionlost", ({ reason, code }) => run.lost(`${reason} ${code ?? ""}`));
  return new Steady(socket, run, [...EVENTS, "reconnecting", "discard"]);
}

/** Socket.IO 4.8 as a browser's application uses it, over WebSocket only. */
class SocketIo {
  constructor(url, run) {
    const { origin } = new URL(url.replace("ws", "http"));
    this.socket = io(origin, {
      transports: ["websocket"],
      forceNew: true,
      query: { id: run.id, large: Boolean(run.fault.large) },
      reconnectionDelay: LADDER[0],
      reconnectionDelayMax: LADDER[1],
      timeout: SESSION_TIMEOUT,
    });
    this.socket.on("connect", () => run.heard({ type: "open" }));
    this.socket.on("disconnect", (reason) => run.heard({ type: "close", code: reason }));
    this.socket.on("m", (number, data) => {
      run.heard({ type: "message" });
      run.echoed(data);
      this.socket.volatile.emit("received", data.length ?? data.byteLength);
    });
  }

  get readyState() {
    return this.socket.connected ? 1 : 0;
  }

  get bufferedAmount() {
    return this.socket.io.engine?.transport?.ws?.bufferedAmount ?? 0;
  }

  send({ number, data }) {
    this.socket.emit("m", number, data);
  }

  close() {
    this.socket.disconnect();
  }
}

/** The number of a message in Socket.IO's frames: an event, an event with an attachment, the attachment. */
function numberInFrame(data) {
  if (typeof data !== "string") return numberOf(data);
  return Number(/^4(?:2|5\d+-)\["m",(\d+)/.exec(data)?.[1] ?? NaN);
}

/** `mine`: must have zeros. `rules`: whose order its events obey. `returns`: reconnects. `blobs`: can send them.
 * `pair`: has a server of its own, behind the relay, and both directions are judged.
 * `numberOf`: returns a message's number from what is given to the native socket. */
export const subjects = {
  strict: {
    mine: true,
    rules: "strict",
    blobs: true,
    open: (url, run) => new Scripted(new ours.WebSocket(url), run, [...EVENTS, "reconnecting", "discard"]),
  },
  steady: {
    mine: true,
    rules: "steady",
    returns: true,
    blobs: true,
    open(url, run) {
      const heartbeat = run.fault.beats && {
        interval: run.fault.beats,
        timeout: run.fault.beats,
        message: "beat",
        isReply: (data) => data === "beat",
      };
      const [first, ceiling] = run.fault.ladder ?? LADDER;
      const socket = new ours.SteadyWebSocket(url, [], {
        connectTimeout: TIMEOUT,
        closeTimeout: CLOSE_TIMEOUT,
        backoff: { first, ceiling, floor: 1, restartFloor: first, busyFloor: first },
        ...(heartbeat && { heartbeat }),
      });
      return new Steady(socket, run, [...EVENTS, "reconnecting", "discard"]);
    },
  },
  Rust: {
    mine: true,
    rules: "rust",
    returns: true,
    open: (url, run) => new Rust(url, run),
  },
  session: {
    mine: true,
    pair: true,
    rules: "steady",
    returns: true,
    blobs: true,
    path: "/live",
    open: openSession,
  },
  "reconnecting-websocket": {
    rules: "peer",
    returns: true,
    blobs: true,
    open: (url, run) => new Scripted(new Reconnecting(url, [], impatient), run, EVENTS),
  },
  "socket.io": {
    pair: true,
    rules: "peer",
    returns: true,
    blobs: true,
    numberOf: numberInFrame,
    open: (url, run) => new SocketIo(url, run),
  },
  partysocket: {
    rules: "peer",
    returns: true,
    blobs: true,
    open: (url, run) => new Scripted(new Partysocket(url, [], impatient), run, EVENTS),
  },
};

export const ready = () => initApp();
