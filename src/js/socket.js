// The two classes. They contain no decisions: those are the core's.

import { address } from "./address.js";
import { Brand } from "./brand.js";
import { clampShort, strings, usv } from "./convert.js";
import { NATIVE_CLASS, choosePlatform, platform } from "./core.js";
import { requireArguments } from "./exceptions.js";
import { SteadyInternals } from "./steady.js";
import { StrictInternals, create } from "./strict.js";
import { NEW_SESSION, RECONNECT } from "./numbers.js";

// The shape of the classes is that of the browser's.
const { native, members } = platform;

/** Sets the name of a class, which minifiers change. */
const setName = (Class, value) => Object.defineProperty(Class, "name", { value, configurable: true });

/** The attributes, and how Web IDL converts values written to them. */
const ATTRIBUTES = [
  ...["url", "readyState", "bufferedAmount", "extensions", "protocol"].map((name) => [name]),
  ["binaryType", (value) => `${value}`],
  ...["onopen", "onerror", "onclose", "onmessage"].map((name) => [name, (value) => value]),
];
const CONSTANTS = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];

/** Throws where there is no native class. */
export const requireNative = () => {
  choosePlatform();
  if (!platform.native) throw new Error("steady-websocket: this runtime has no WebSocket.");
};

export class WebSocket extends EventTarget {
  constructor(url, protocols = []) {
    // We return another object than `this`; `new.target` is the class that it must be of.
    requireArguments(arguments.length);
    requireNative();
    const text = usv(url);
    const list = strings(protocols);
    const socket = create(address(text, list), list, new.target);
    return new Brand(socket, new StrictInternals(socket));
  }

  close(code = undefined, reason = undefined) {
    const internals = Brand.of(this);
    internals.close(this, code === undefined ? code : clampShort(code), reason === undefined ? reason : usv(reason));
  }

  send(data) {
    const internals = Brand.of(this);
    requireArguments(arguments.length);
    return internals.send(this, data, arguments[1]);
  }

  ready() {
    return Brand.of(this).ready(this);
  }

  flushed() {
    return Brand.of(this).flushed(this);
  }

  terminate() {
    Brand.of(this).terminate(this);
  }

  static {
    setName(this, "WebSocket");
    Object.defineProperty(this, NATIVE_CLASS, { value: native });
    const { prototype } = this;
    // The native classes of Node and Deno accept only objects with their prototype in the chain.
    if (native && globalThis.process?.versions?.node) Object.setPrototypeOf(prototype, native.prototype);
    for (const [name, write] of ATTRIBUTES) {
      const accessor = {
        get [name]() {
          return Brand.of(this).get(this, name);
        },
        set [name](value) {
          Brand.of(this).set(this, name, write(value));
        },
      };
      const { get, set } = Object.getOwnPropertyDescriptor(accessor, name);
      Object.defineProperty(prototype, name, { get, set: write && set, configurable: true });
    }
    CONSTANTS.forEach((name, value) => {
      Object.defineProperty(this, name, { value, enumerable: true });
      Object.defineProperty(prototype, name, { value, enumerable: true, configurable: true });
    });
    Object.defineProperty(prototype, Symbol.toStringTag, { value: "WebSocket", configurable: true });
    // In the platform's order, and enumerable as there. Our own members follow, not enumerable.
    for (const key of [...Reflect.ownKeys(members), "ready", "flushed", "terminate"]) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
      if (!descriptor) continue;
      const { enumerable, configurable } = members[key] ?? descriptor;
      delete prototype[key];
      Object.defineProperty(prototype, key, { ...descriptor, enumerable, configurable });
    }
  }
}

export class SteadyWebSocket extends WebSocket {
  constructor(url, protocols, options) {
    requireArguments(arguments.length);
    requireNative();
    const socket = Reflect.construct(EventTarget, [], new.target);
    const internals = new SteadyInternals(socket, url, protocols, options);
    new Brand(socket, internals);
    internals.connect();
    return socket;
  }

  addEventListener(type, callback, options = undefined) {
    requireArguments(arguments.length > 1);
    Brand.of(this).listen(this, true, `${type}`, callback, options);
  }

  removeEventListener(type, callback, options = undefined) {
    requireArguments(arguments.length > 1);
    Brand.of(this).listen(this, false, `${type}`, callback, options);
  }

  /** Abandons the present connection or wait, and connects again. */
  reconnect() {
    Brand.of(this).inputOrThrow(RECONNECT);
  }

  /** Starts a new session, for messages sent with `session`. */
  newSession() {
    Brand.of(this).inputOrThrow(NEW_SESSION);
  }

  stats() {
    return Brand.of(this).stats();
  }

  get lastFailure() {
    return Brand.of(this).lastFailure;
  }

  get readable() {
    return Brand.of(this).readable();
  }

  get writable() {
    return Brand.of(this).writable();
  }

  static {
    setName(this, "SteadyWebSocket");
    Object.defineProperty(this.prototype, Symbol.toStringTag, { value: "SteadyWebSocket", configurable: true });
  }
}
