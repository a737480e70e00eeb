// The inside of a strict socket: the platform's own object, and the core's account of it.

import { now, wake } from "./clock.js";
import { core, freed, native, own, put, spell } from "./core.js";
import { message, size } from "./convert.js";
import { dispatch } from "./events.js";
import { lost, over, refusal } from "./exceptions.js";
import { Flushes, Waiting } from "./waiting.js";
import {
  ANSWER_DRAIN,
  ANSWER_FLUSHED,
  ANSWER_FLUSH_FAILED,
  ANSWER_HANG_UP,
  ANSWER_SAMPLE,
  ANSWER_TRANSMIT,
  BUFFERED,
  BUFFERED_AMOUNT,
  CLOSE,
  CONNECT,
  DEADLINE,
  DIALED,
  FLUSHED_BELOW,
  LOST_SINCE,
  PRESSED,
  READY_STATE,
  SEND,
  TICK,
  WATCH,
} from "./numbers.js";

/** The one connection of a strict socket. */
const ATTEMPT = 1;
const CLOSED = 3;
const HIGH_WATER = 1 << 20;

const state = own.readyState?.get;
const amount = own.bufferedAmount?.get;
const nativeSend = own.send?.value;
const nativeClose = own.close?.value;
const { addEventListener, removeEventListener } = EventTarget.prototype;

export class Strict {
  constructor(socket) {
    put(HIGH_WATER);
    put(HIGH_WATER / 4);
    this.handle = core.make(false, 0);
    this.waiting = new Waiting();
    this.flushes = new Flushes();
    /** Up to which ticket `flushed()` has reported. */
    this.reported = 0;
    const inside = this;
    this.over = function () {
      inside.catchUp(this);
    };
    this.told = 0;
    core.strict(this.handle, 0, CONNECT, 0, 0);
    core.strict(this.handle, 0, DIALED, ATTEMPT, 0);
    freed.register(socket, this.handle);
  }

  /** Tells the core where the native socket is. Its amount matters only at the end. */
  catchUp(socket) {
    const now = state.call(socket);
    if (now === this.told) return;
    this.told = now;
    const closed = now === CLOSED;
    this.settle(socket, core.follow(this.handle, now, closed ? amount.call(socket) : 0), closed);
  }

  act(socket, verb, a, b) {
    this.catchUp(socket);
    return core.strict(this.handle, performance.now(), verb, a, b);
  }

  learn(socket, question, a) {
    this.catchUp(socket);
    return core.look(this.handle, question, a);
  }

  readyState(socket) {
    return this.learn(socket, READY_STATE, 0);
  }

  get(socket, name) {
    if (name === "readyState") return this.readyState(socket);
    if (name === "bufferedAmount") return this.learn(socket, BUFFERED_AMOUNT, amount.call(socket));
    return own[name].get.call(socket);
  }

  set(socket, name, value) {
    own[name].set.call(socket, value);
  }

  send(socket, data) {
    const payload = message(data);
    // The payload stays here: the core only says what becomes of it.
    this.catchUp(socket);
    const answer = core.strict(this.handle, now(), SEND, size, -1);
    if (answer < 0) throw refusal(answer);
    if (answer & ANSWER_TRANSMIT) nativeSend.call(socket, payload);
    if (answer > ANSWER_TRANSMIT) this.carryOut(socket, answer);
  }

  close(socket, code, reason) {
    spell(reason ?? "");
    const answer = this.act(socket, CLOSE, code ?? -1, 0);
    if (answer < 0) throw refusal(answer, code);
    // Without a code there is no reason either, and Chromium takes an undefined one for 0.
    if (answer & ANSWER_HANG_UP) code === undefined ? nativeClose.call(socket) : nativeClose.call(socket, code, reason);
    // That it closes now the core knows before the native socket says so.
    this.told = state.call(socket);
  }

  terminate(socket) {
    this.close(socket);
  }

  ready(socket) {
    if (this.readyState(socket) > 1) return Promise.reject(over());
    return core.look(this.handle, PRESSED, 0) ? this.wait(socket, this.waiting.wait()) : Promise.resolve();
  }

  flushed(socket) {
    const learn = (question, a) => this.learn(socket, question, a);
    const flushed = this.flushes.begin(this, learn, () => this.carryOut(socket, this.act(socket, WATCH, 0, 0)));
    return this.wait(socket, flushed);
  }

  /** While something waits the end is not to be missed. Should the application keep `close` from us, the timer notices. */
  wait(socket, promise) {
    if (this.waiting.some || this.flushes.some) addEventListener.call(socket, "close", this.over, true);
    return promise;
  }

  /** Settles the promises that the core's answer is about, and at the end of the socket all. */
  settle(socket, answer, closed) {
    if (answer & ANSWER_DRAIN) {
      // Not inside a call of the application's.
      queueMicrotask(() => dispatch(socket, new Event("drain")));
      this.waiting.resolve();
    }
    if (closed) this.waiting.reject(over);
    if (answer & ANSWER_FLUSHED) this.flushes.resolve(core.look(this.handle, FLUSHED_BELOW, 0));
    // What failed at the end is all that is left.
    if (answer & ANSWER_FLUSH_FAILED) this.flushes.reject(({ before }) => lost(before - 1, core.look(this.handle, LOST_SINCE, 0) % 8));
    if (!this.waiting.some && !this.flushes.some) removeEventListener.call(socket, "close", this.over, true);
  }

  carryOut(socket, answer) {
    while (answer & ANSWER_SAMPLE) answer = (answer & ~ANSWER_SAMPLE) | this.act(socket, BUFFERED, ATTEMPT, amount.call(socket));
    this.settle(socket, answer);
    if (this.timer) return;
    const deadline = core.look(this.handle, DEADLINE, 0);
    if (deadline < 0) return;
    this.timer = true;
    wake(deadline, () => {
      this.timer = false;
      this.carryOut(socket, this.act(socket, TICK, 0, 0));
    });
  }
}

/** The object itself is the platform's, so that the platform dispatches straight to it. */
export const create = (url, protocols, made) => Reflect.construct(native, [url, protocols], made);
