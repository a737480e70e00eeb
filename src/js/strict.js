// The inside of a strict socket: the platform's own object, and the core's account of it.

import { core, native, over, own, refusal } from "./core.js";
import { message, size } from "./convert.js";

const TRANSMIT = 1;
const HANG_UP = 2;
const DRAIN = 4;
const FLUSHED = 8;
const SAMPLE = 16;

const CLOSED = 3;
const HIGH_WATER = 1 << 20;

const state = own.readyState?.get;
const amount = own.bufferedAmount?.get;
const nativeSend = own.send?.value;
const nativeClose = own.close?.value;
const { addEventListener, dispatchEvent, removeEventListener } = EventTarget.prototype;

const freed = new FinalizationRegistry((handle) => core.strict_free(handle));

/** Asks the core, telling it first where the native socket is. Its amount matters only at the end. */
const follow = (ask, inside, socket, ...args) => {
  const now = state.call(socket);
  return ask(inside.handle, now, now === CLOSED ? amount.call(socket) : 0, ...args);
};

const act = (ask, inside, socket, ...args) => follow(ask, inside, socket, performance.now(), ...args);

export class Strict {
  constructor(socket) {
    this.handle = core.strict_new(HIGH_WATER, HIGH_WATER / 4);
    this.waiting = [];
    freed.register(socket, this.handle);
  }

  readyState(socket) {
    return follow(core.strict_state, this, socket);
  }

  bufferedAmount(socket) {
    return core.strict_buffered(this.handle, state.call(socket), amount.call(socket));
  }

  get(socket, name) {
    return own[name].get.call(socket);
  }

  set(socket, name, value) {
    own[name].set.call(socket, value);
  }

  send(socket, data, at) {
    const payload = message(data, at);
    const now = state.call(socket);
    const unsent = now === CLOSED ? amount.call(socket) : 0;
    const answer = core.strict_send(this.handle, now, unsent, performance.now(), size);
    if (answer < 0) throw refusal(answer, at);
    if (answer & TRANSMIT) nativeSend.call(socket, payload);
    if (answer > TRANSMIT) this.carryOut(socket, answer);
  }

  close(socket, code, reason, at) {
    const answer = act(core.strict_close, this, socket, code ?? -1, reason ?? "");
    if (answer < 0) throw refusal(answer, at, code);
    if (answer & HANG_UP) nativeClose.call(socket, code, reason);
  }

  terminate(socket, at) {
    this.close(socket, undefined, undefined, at);
  }

  ready(socket, at) {
    if (this.readyState(socket) > 1) return Promise.reject(over(at));
    return core.strict_pressed(this.handle) ? this.wait(socket, DRAIN, at) : Promise.resolve();
  }

  flushed(socket, at) {
    const waiting = this.wait(socket, FLUSHED, at);
    if (this.readyState(socket) > 1) this.settle(socket, 0);
    else this.carryOut(socket, act(core.strict_watch, this, socket));
    return waiting;
  }

  wait(socket, what, at) {
    const ends = () => this.settle(socket, 0);
    return new Promise((resolve, reject) => {
      this.waiting.push({ what, resolve, ends, reject: () => reject(over(at)) });
      addEventListener.call(socket, "close", ends, true);
    });
  }

  /** Keeps the promises that waited for `done`; for nothing, breaks them all. */
  settle(socket, done) {
    this.waiting = this.waiting.filter((one) => {
      if (done && !(one.what & done)) return true;
      removeEventListener.call(socket, "close", one.ends, true);
      done ? one.resolve() : one.reject();
    });
  }

  carryOut(socket, answer) {
    while (answer & SAMPLE) {
      const now = state.call(socket);
      answer = (answer & ~SAMPLE) | core.strict_sampled(this.handle, now, amount.call(socket), performance.now());
    }
    if (answer & DRAIN) dispatchEvent.call(socket, new Event("drain"));
    if (answer & (DRAIN | FLUSHED)) this.settle(socket, answer);
    if (this.timer) return;
    const delay = core.strict_deadline(this.handle, performance.now());
    if (delay < 0) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.carryOut(socket, act(core.strict_tick, this, socket));
    }, delay);
  }
}

/** The object itself is the platform's, so that the platform dispatches straight to it. */
export const create = (url, protocols, made) => Reflect.construct(native, [url, protocols], made);
