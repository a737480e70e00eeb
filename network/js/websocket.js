// The emulated class: what the standard says, over a connection of the engine.

import { address } from "../../src/js/address.js";
import { clampShort, convertMessage, copy, messageSize, strings, usv, utf8Length } from "../../src/js/convert.js";
import { Handlers, dispatch, dispatchClose } from "../../src/js/events.js";
import { refusal, requireArguments } from "../../src/js/exceptions.js";
import { REFUSED_CLOSE_CODE, REFUSED_REASON_TOO_LONG, REFUSED_STILL_CONNECTING } from "../../src/js/numbers.js";
import { queueTask } from "./platform.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
const STATES = { CONNECTING, OPEN, CLOSING, CLOSED };
const { addEventListener, removeEventListener } = EventTarget.prototype;

/** The property of an emulated class that has what our own classes need of its network: `src/js/core.js`. */
export const NETWORK = Symbol.for("steady-websocket.network");

/** Returns the emulated class of a network. `wire` is the network's inside: `network.js`. */
export function emulate(wire, clock) {
  class WebSocket extends EventTarget {
    #state = CONNECTING;
    #url;
    #origin;
    #connection;
    #protocol = "";
    #extensions = "";
    #binaryType = "blob";
    /** What `bufferedAmount` is while a task lasts that has sent something. */
    #held;
    /** Bytes that the engine will never see: sent while closing, or waiting behind a Blob. */
    #unsent = 0;
    /** What `bufferedAmount` was when the connection ended. */
    #rest;
    /** Calls that wait until a Blob is read. */
    #waiting = [];
    #handlers = new Handlers((adds, type, listener) =>
      (adds ? addEventListener : removeEventListener).call(this, type, listener),
    );

    constructor(url, protocols = []) {
      requireArguments(arguments.length);
      const text = usv(url);
      const list = strings(protocols);
      const href = address(text, list);
      super();
      this.#url = href;
      ({ origin: this.#origin } = new URL(href));
      this.#connection = wire.connect(href, list, (event) => {
        // Each event has a task of its own.
        this.#held = undefined;
        this.#on[event.type].call(this, event);
      });
    }

    /** Throws a TypeError if `this` is no socket. Web IDL does so before it converts arguments. */
    #brand() {}

    // Not methods: a derived class or a page must not find them.
    #on = {
      open({ protocol, extensions }) {
        this.#state = OPEN;
        this.#protocol = protocol;
        this.#extensions = extensions;
        dispatch(this, new Event("open"));
      },
      message({ data }) {
        if (this.#state !== OPEN) return;
        if (typeof data !== "string") data = this.#binaryType === "blob" ? new Blob([data]) : data.buffer;
        dispatch(this, new MessageEvent("message", { data, origin: this.#origin }));
      },
      closing() {
        this.#state = CLOSING;
      },
      error() {
        this.#state = CLOSED;
        dispatch(this, new Event("error"));
      },
      closed({ code, reason, wasClean, buffered }) {
        this.#state = CLOSED;
        this.#rest = buffered;
        dispatchClose(this, { code, reason, wasClean });
      },
    };

    get url() {
      return this.#url;
    }

    get readyState() {
      return this.#state;
    }

    get bufferedAmount() {
      return this.#unsent + (this.#rest ?? this.#held ?? wire.bufferedAmount(this.#connection));
    }

    get onopen() {
      return this.#handlers.get("onopen");
    }

    set onopen(value) {
      this.#handlers.set("onopen", value);
    }

    get onerror() {
      return this.#handlers.get("onerror");
    }

    set onerror(value) {
      this.#handlers.set("onerror", value);
    }

    get onclose() {
      return this.#handlers.get("onclose");
    }

    set onclose(value) {
      this.#handlers.set("onclose", value);
    }

    get extensions() {
      return this.#extensions;
    }

    get protocol() {
      return this.#protocol;
    }

    close(code = undefined, reason = undefined) {
      this.#brand();
      // Conversions may run application code, so they come first.
      if (code !== undefined) code = clampShort(code);
      if (reason !== undefined) reason = usv(reason);
      if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
        throw refusal(REFUSED_CLOSE_CODE, code);
      }
      if (utf8Length(reason ?? "") > 123) throw refusal(REFUSED_REASON_TOO_LONG);
      if (this.#state > OPEN) return;
      this.#state = CLOSING;
      // A reason without a code is not sent.
      this.#inOrder(() => wire.close(this.#connection, code, code === undefined ? undefined : reason));
    }

    get onmessage() {
      return this.#handlers.get("onmessage");
    }

    set onmessage(value) {
      this.#handlers.set("onmessage", value);
    }

    get binaryType() {
      return this.#binaryType;
    }

    set binaryType(value) {
      this.#brand();
      const type = `${value}`;
      if (type === "blob" || type === "arraybuffer") this.#binaryType = type;
    }

    send(data) {
      this.#brand();
      requireArguments(arguments.length);
      const converted = convertMessage(data);
      const size = messageSize;
      if (this.#state === CONNECTING) throw refusal(REFUSED_STILL_CONNECTING);
      if (this.#state !== OPEN) {
        this.#unsent += size;
        return;
      }
      if (typeof converted === "string") this.#send(usv(converted), size);
      else if (converted instanceof Blob) this.#sendBlob(converted, size);
      else this.#send(new Uint8Array(copy(converted, size)), size);
    }

    #send(payload, size) {
      if (this.#waiting.length) this.#unsent += size;
      this.#inOrder((delayed) => {
        if (delayed) this.#unsent -= size;
        this.#pass(payload, size);
      });
    }

    #pass(payload, size) {
      // The standard: "This thus includes any text sent during the execution of the current task, regardless of whether
      // the user agent is able to transmit text in the background in parallel with script execution."
      if (this.#held === undefined && this.#state !== CLOSED) {
        this.#held = wire.bufferedAmount(this.#connection);
        queueTask(() => (this.#held = undefined));
      }
      if (this.#state !== CLOSED && wire.send(this.#connection, payload)) this.#held += size;
      else this.#unsent += size;
    }

    /** A Blob is read asynchronously; what follows waits for it. */
    #sendBlob(blob, size) {
      this.#unsent += size;
      let bytes;
      this.#waiting.push(() => {
        if (!bytes) return false;
        this.#unsent -= size;
        this.#pass(bytes, size);
        return true;
      });
      wire.until(
        blob.arrayBuffer().then((buffer) => {
          bytes = new Uint8Array(buffer);
          while (this.#waiting.length && this.#waiting[0]()) this.#waiting.shift();
        }),
      );
    }

    /** Calls now, or when the Blobs before are read. */
    #inOrder(call) {
      if (!this.#waiting.length) return void call(false);
      this.#waiting.push(() => {
        call(true);
        return true;
      });
    }

    static {
      const { prototype } = this;
      Object.defineProperty(this, NETWORK, { value: { native: this, members: Object.getOwnPropertyDescriptors(prototype), clock } });
      // A bundler may rename the class.
      Object.defineProperty(this, "name", { value: "WebSocket", configurable: true });
      const members = Object.getOwnPropertyDescriptors(prototype);
      const names = Object.keys(members).filter((name) => name !== "constructor");
      const isMethod = (name) => "value" in members[name];
      for (const name of Object.keys(members)) delete prototype[name];
      // In the order of Chromium: attributes, constants, operations.
      const define = (name) => Object.defineProperty(prototype, name, { ...members[name], enumerable: true });
      names.filter((name) => !isMethod(name)).forEach(define);
      for (const [name, value] of Object.entries(STATES)) {
        for (const holder of [this, prototype]) Object.defineProperty(holder, name, { value, enumerable: true });
      }
      names.filter(isMethod).forEach(define);
      Object.defineProperty(prototype, "constructor", members.constructor);
      Object.defineProperty(prototype, Symbol.toStringTag, { value: "WebSocket", configurable: true });
    }
  }
  return WebSocket;
}
