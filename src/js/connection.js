// One connection of a steady socket. After it is abandoned, its events are ignored.

import { now } from "./clock.js";
import { receivedLength } from "./convert.js";
import { core } from "./core.js";
import { isReply } from "./hooks.js";
import { setOwner } from "./listeners.js";
import { FAILED, OPENED, PEER_CLOSING } from "./numbers.js";

const OPEN = 1;
const CLOSING = 2;

export class Connection {
  #steady;
  #attempt;
  #native;

  constructor(steady, attempt, socket) {
    this.#steady = steady;
    this.#attempt = attempt;
    this.#native = socket;
    this.binaryType = steady.binaryType;
    setOwner(socket, steady.socket);
    const on = (type, listener) => {
      socket.addEventListener(type, (event) => {
        if (this.#native) listener(event);
      });
    };
    on("open", () => steady.inputNow(OPENED, attempt));
    on("message", (event) => {
      // Callbacks caused by an earlier message run first: Node dispatches several messages in one task.
      steady.run();
      const { data } = event;
      const size = receivedLength(data);
      let wanted = steady.state === OPEN;
      // Without heartbeats the core's answer is the same, and reading the clock costs more than the rest.
      if (steady.reportsMessages) {
        wanted = core.handleMessage(steady.handle, now(), attempt, size, isReply(steady, data));
        steady.schedule();
      }
      if (wanted) steady.deliver(event, data, size);
    });
    on("error", () => {
      steady.cancelQuestion();
      steady.inputNow(FAILED, attempt);
    });
    on("close", (event) => {
      const unsent = this.sample();
      this.#native = undefined;
      steady.connectionClosed(attempt, event, unsent);
    });
  }

  get protocol() {
    return this.#native.protocol;
  }

  get extensions() {
    return this.#native.extensions;
  }

  set binaryType(value) {
    this.#native.binaryType = value;
  }

  /** Detects that the peer is closing: there is no event for it. */
  sync() {
    if (this.#native?.readyState === CLOSING && this.#steady.state === OPEN) {
      this.#steady.cancelQuestion();
      this.#steady.input(PEER_CLOSING, this.#attempt);
    }
  }

  send(payload) {
    this.#native?.send(payload);
  }

  /** Returns the native `bufferedAmount`. */
  sample() {
    return this.#native?.bufferedAmount ?? 0;
  }

  hangup(code, reason) {
    // Chromium takes a code of `undefined` for 0.
    code ? this.#native.close(code, reason) : this.#native.close();
  }

  abandon() {
    const unsent = this.sample();
    const abandoned = this.#native;
    this.#native = undefined;
    abandoned?.close();
    return unsent;
  }
}
