// One native socket beneath a steady one, from its attempt to its end. Let go of, it goes unheard.

import { receivedLength } from "./convert.js";
import { core, native } from "./core.js";
import { isReply } from "./hooks.js";
import { own } from "./listeners.js";
import { FAILED, OPENED, PARTING, READY_STATE } from "./numbers.js";

const OPEN = 1;
const CLOSING = 2;

export class Connection {
  #steady;
  #attempt;
  #made;

  /** Throws what the platform has against the address. */
  constructor(steady, attempt, href, protocols) {
    const made = new native(href, protocols);
    this.#steady = steady;
    this.#attempt = attempt;
    this.#made = made;
    this.binaryType = steady.binaryType;
    own(made, steady.socket);
    const on = (type, hear) => {
      made.addEventListener(type, (event) => {
        if (this.#made) hear(event);
      });
    };
    on("open", () => steady.react(OPENED, attempt));
    on("message", (event) => {
      // What an earlier message caused is told first: Node gives several in one task.
      steady.run();
      const { data } = event;
      const size = receivedLength(data);
      let wanted = steady.state === OPEN;
      // The core's answer is the same but for replies, and the clock alone costs more than all the rest.
      if (steady.tells) {
        wanted = core.received(steady.handle, performance.now(), attempt, size, isReply(steady, data));
        steady.arm();
      }
      if (wanted) steady.deliver(event, size);
    });
    on("error", () => {
      steady.withdraw();
      steady.react(FAILED, attempt);
    });
    on("close", (event) => {
      const unsent = this.sample();
      this.#made = undefined;
      steady.over(attempt, event, unsent);
    });
  }

  get protocol() {
    return this.#made.protocol;
  }

  get extensions() {
    return this.#made.extensions;
  }

  set binaryType(value) {
    this.#made.binaryType = value;
  }

  /** The native socket begins to close without an event; whoever looks or acts shall know. */
  catchUp() {
    if (this.#made?.readyState === CLOSING && this.#steady.learn(READY_STATE) === OPEN) {
      this.#steady.withdraw();
      this.#steady.act(PARTING, this.#attempt);
    }
  }

  send(payload) {
    this.#made?.send(payload);
  }

  /** What has not been sent yet. */
  sample() {
    return this.#made?.bufferedAmount ?? 0;
  }

  hangup(code, reason) {
    // Without a code there is no reason either, and Chromium takes an undefined one for 0.
    code ? this.#made.close(code, reason) : this.#made.close();
  }

  abandon() {
    const unsent = this.sample();
    const left = this.#made;
    this.#made = undefined;
    left?.close();
    return unsent;
  }
}
