// The classes that JavaScript sees. They decide nothing: decisions are the core's.

import { address } from "./address.js";
import { Brand } from "./brand.js";
import { clampShort, strings, usv } from "./convert.js";
import { BENEATH, native, own } from "./core.js";
import { Steady } from "./steady.js";
import { Strict, create } from "./strict.js";
import { NEW_SESSION, RECONNECT } from "./numbers.js";

/** Minifiers rename classes. */
const named = (Class, value) => Object.defineProperty(Class, "name", { value, configurable: true });

/** The attributes, and how Web IDL converts what is written to them. */
const ATTRIBUTES = [
  ...["url", "readyState", "bufferedAmount", "extensions", "protocol"].map((name) => [name]),
  ["binaryType", (value) => `${value}`],
  ...["onopen", "onerror", "onclose", "onmessage"].map((name) => [name, (value) => value]),
];
const CONSTANTS = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];
const needs = (enough) => {
  if (!enough) throw new TypeError("Not enough arguments.");
};

/** Where our class has no native one beneath it. */
const stand = () => {
  if (!native) throw new Error("steady-websocket: there is no WebSocket here to stand on.");
};

export class WebSocket extends EventTarget {
  constructor(url, protocols = []) {
    // A derived class may leave `this` alone if it returns another object; `new.target` says which class that is of.
    needs(arguments.length);
    stand();
    const text = usv(url);
    const list = strings(protocols);
    const socket = create(address(text, list), list, new.target);
    return new Brand(socket, new Strict(socket));
  }

  close(code = undefined, reason = undefined) {
    const inside = Brand.of(this);
    inside.close(this, code === undefined ? code : clampShort(code), reason === undefined ? reason : usv(reason));
  }

  send(data) {
    const inside = Brand.of(this);
    needs(arguments.length);
    return inside.send(this, data, arguments[1]);
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
    named(this, "WebSocket");
    Object.defineProperty(this, BENEATH, { value: native });
    const { prototype } = this;
    // Node's and Deno's class takes only objects with its prototype in their chain for its own.
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
    // In the platform's own order, and as enumerable as there; what is ours comes after, unseen.
    for (const key of [...Reflect.ownKeys(own), "ready", "flushed", "terminate"]) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
      if (!descriptor) continue;
      const { enumerable, configurable } = own[key] ?? descriptor;
      delete prototype[key];
      Object.defineProperty(prototype, key, { ...descriptor, enumerable, configurable });
    }
  }
}

export class SteadyWebSocket extends WebSocket {
  constructor(url, protocols, options) {
    needs(arguments.length);
    stand();
    const socket = Reflect.construct(EventTarget, [], new.target);
    const inside = new Steady(socket, url, protocols, options);
    new Brand(socket, inside);
    inside.connect();
    return socket;
  }

  addEventListener(type, callback, options = undefined) {
    needs(arguments.length > 1);
    Brand.of(this).listen(this, true, `${type}`, callback, options);
  }

  removeEventListener(type, callback, options = undefined) {
    needs(arguments.length > 1);
    Brand.of(this).listen(this, false, `${type}`, callback, options);
  }

  /** Gives the present connection up, or cuts the present wait short, and connects afresh. */
  reconnect() {
    Brand.of(this).do(RECONNECT);
  }

  /** From now on messages sent with `session` belong to a new session. */
  newSession() {
    Brand.of(this).do(NEW_SESSION);
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
    named(this, "SteadyWebSocket");
    Object.defineProperty(this.prototype, Symbol.toStringTag, { value: "SteadyWebSocket", configurable: true });
  }
}
