// The classes that JavaScript sees. They decide nothing: decisions are the core's.

import { address } from "./address.js";
import { Brand } from "./brand.js";
import { clampShort, strings, usv } from "./convert.js";
import { BENEATH, NEW_SESSION, RECONNECT, native, own } from "./core.js";
import { Steady } from "./steady.js";
import { Strict, create } from "./strict.js";

/** Minifiers rename classes. */
const named = (Class, value) => Object.defineProperty(Class, "name", { value, configurable: true });

const CONSTANTS = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];
const NEW = "Failed to construct 'WebSocket'";
const failed = (method) => `Failed to execute '${method}' on 'WebSocket'`;

const needs = (enough, at) => {
  if (!enough) throw new TypeError(`${at}: not enough arguments.`);
};

export class WebSocket extends EventTarget {
  constructor(url, protocols = []) {
    // A derived class may leave `this` alone if it returns another object; `new.target` says which class that is of.
    needs(arguments.length, NEW);
    if (!native) throw new Error("steady-websocket: there is no WebSocket here to stand on.");
    const text = usv(url);
    const list = strings(protocols, NEW);
    const socket = create(address(text, list, NEW), list, new.target);
    return new Brand(socket, new Strict(socket));
  }

  get url() {
    return Brand.of(this).get(this, "url");
  }

  get readyState() {
    return Brand.of(this).readyState(this);
  }

  get bufferedAmount() {
    return Brand.of(this).bufferedAmount(this);
  }

  get extensions() {
    return Brand.of(this).get(this, "extensions");
  }

  get protocol() {
    return Brand.of(this).get(this, "protocol");
  }

  get binaryType() {
    return Brand.of(this).get(this, "binaryType");
  }

  set binaryType(value) {
    Brand.of(this).set(this, "binaryType", `${value}`);
  }

  close(code = undefined, reason = undefined) {
    const inside = Brand.of(this);
    inside.close(
      this,
      code === undefined ? code : clampShort(code),
      reason === undefined ? reason : usv(reason),
      failed("close"),
    );
  }

  send(data) {
    const inside = Brand.of(this);
    const at = failed("send");
    needs(arguments.length, at);
    return inside.send(this, data, at, arguments[1]);
  }

  ready() {
    return Brand.of(this).ready(this, failed("ready"));
  }

  flushed() {
    return Brand.of(this).flushed(this, failed("flushed"));
  }

  terminate() {
    Brand.of(this).terminate(this, failed("terminate"));
  }

  static {
    named(this, "WebSocket");
    Object.defineProperty(this, BENEATH, { value: native });
    const { prototype } = this;
    // Node's and Deno's class takes only objects with its prototype in their chain for its own.
    if (native && globalThis.process?.versions?.node) Object.setPrototypeOf(prototype, native.prototype);
    for (const name of ["onopen", "onerror", "onclose", "onmessage"]) {
      const accessor = {
        get [name]() {
          return Brand.of(this).get(this, name);
        },
        set [name](value) {
          Brand.of(this).set(this, name, value);
        },
      };
      Object.defineProperty(prototype, name, Object.getOwnPropertyDescriptor(accessor, name));
    }
    CONSTANTS.forEach((name, value) => {
      Object.defineProperty(this, name, { value, enumerable: true });
      Object.defineProperty(prototype, name, { value, enumerable: true, configurable: true });
    });
    Object.defineProperty(prototype, Symbol.toStringTag, { value: "WebSocket", configurable: true });
    // In the platform's own order, and as enumerable as there; what is ours comes after, unseen.
    for (const key of Reflect.ownKeys(own)) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
      const { enumerable, configurable } = own[key];
      if (!descriptor) continue;
      delete prototype[key];
      Object.defineProperty(prototype, key, { ...descriptor, enumerable, configurable });
    }
    for (const key of ["ready", "flushed", "terminate"]) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
      delete prototype[key];
      Object.defineProperty(prototype, key, descriptor);
    }
  }
}

export class SteadyWebSocket extends WebSocket {
  constructor(url, protocols, options) {
    needs(arguments.length, NEW);
    if (!native) throw new Error("steady-websocket: there is no WebSocket here to stand on.");
    const socket = Reflect.construct(EventTarget, [], new.target);
    const inside = new Steady(socket, url, protocols, options);
    new Brand(socket, inside);
    inside.connect();
    return socket;
  }

  addEventListener(type, callback, options = undefined) {
    needs(arguments.length > 1, failed("addEventListener"));
    Brand.of(this).listen(this, true, `${type}`, callback, options);
  }

  removeEventListener(type, callback, options = undefined) {
    needs(arguments.length > 1, failed("removeEventListener"));
    Brand.of(this).listen(this, false, `${type}`, callback, options);
  }

  /** Gives the present connection up, or cuts the present wait short, and connects afresh. */
  reconnect() {
    Brand.of(this).do(RECONNECT, failed("reconnect"));
  }

  /** From now on messages sent with `session` belong to a new session. */
  newSession() {
    Brand.of(this).do(NEW_SESSION, failed("newSession"));
  }

  stats() {
    return Brand.of(this).stats();
  }

  get lastFailure() {
    return Brand.of(this).diagnosis.last;
  }

  get readable() {
    return Brand.of(this).streams(this).readable;
  }

  get writable() {
    return Brand.of(this).streams(this).writable;
  }

  static {
    named(this, "SteadyWebSocket");
    Object.defineProperty(this.prototype, Symbol.toStringTag, { value: "SteadyWebSocket", configurable: true });
  }
}
