// The internals of a strict socket. The socket itself is the platform's object.

import { now, wake } from "./clock.js";
import { core, finalizers, platform, requireCore, setInputText, writeNumber } from "./core.js";
import { convertMessage, messageSize, utf8Length } from "./convert.js";
import { dispatch } from "./events.js";
import { notHandedOver, closedError, refusal } from "./exceptions.js";
import { FlushPromises, Promises } from "./waiting.js";
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
  CREDIT,
  DEADLINE,
  DIALED,
  FLUSHED_BELOW,
  LAST_LOST,
  LOSSES,
  PRESSED,
  READY_STATE,
  SEND,
  TICK,
  FLUSH,
} from "./numbers.js";

/** The one connection of a strict socket. */
const ATTEMPT = 1;
const STATE_CLOSED = 3;
const HIGH_WATER = 1 << 20;

const { addEventListener, removeEventListener } = EventTarget.prototype;

export class StrictInternals {
  /** How many bytes may be sent before the core is told, and of how many; how many messages were sent. */
  #credit = 0;
  #granted = 0;
  #spent = 0;

  constructor(socket) {
    requireCore();
    writeNumber(HIGH_WATER);
    writeNumber(HIGH_WATER / 4);
    this.handle = core.create(false, 0);
    this.native = platform.members;
    this.waiting = new Promises();
    this.flushes = new FlushPromises();
    /** How many lost messages `flushed()` has reported. */
    this.reported = 0;
    const internals = this;
    this.onClose = function () {
      internals.sync(this);
    };
    this.lastState = 0;
    core.handleStrict(this.handle, 0, CONNECT);
    core.handleStrict(this.handle, 0, DIALED, ATTEMPT);
    finalizers.register(socket, this.handle);
  }

  /** Tells the core the native ready state, and at the end the amount. */
  sync(socket) {
    const state = this.native.readyState.get.call(socket);
    if (state === this.lastState) return;
    this.lastState = state;
    this.account();
    const closed = state === STATE_CLOSED;
    this.settle(socket, core.syncState(this.handle, state, closed ? this.amount(socket) : 0), closed);
  }

  /** Tells the core what was sent on credit. The next input is granted new credit. */
  account() {
    core.spend(this.handle, this.#spent, this.#granted - this.#credit);
    this.#credit = this.#granted = this.#spent = 0;
  }

  amount(socket) {
    return this.native.bufferedAmount.get.call(socket);
  }

  input(socket, kind, a, b) {
    this.sync(socket);
    const at = now();
    this.account();
    const answer = core.handleStrict(this.handle, at, kind, a, b);
    this.#credit = this.#granted = core.answer(this.handle, CREDIT);
    return answer;
  }

  query(socket, question, a) {
    this.sync(socket);
    return core.answer(this.handle, question, a);
  }

  readyState(socket) {
    return this.query(socket, READY_STATE);
  }

  get(socket, name) {
    if (name === "readyState") return this.readyState(socket);
    if (name === "bufferedAmount") return this.query(socket, BUFFERED_AMOUNT, this.amount(socket));
    return this.native[name].get.call(socket);
  }

  set(socket, name, value) {
    this.native[name].set.call(socket, value);
  }

  send(socket, data) {
    const payload = convertMessage(data);
    const bytes = messageSize;
    let answer = ANSWER_TRANSMIT;
    this.sync(socket);
    if (bytes < this.#credit) {
      this.#credit -= bytes;
      this.#spent++;
      // The payload stays in JavaScript.
    } else answer = this.input(socket, SEND, bytes, -1);
    if (answer < 0) throw refusal(answer);
    if (answer & ANSWER_TRANSMIT) this.native.send.value.call(socket, payload);
    if (answer > ANSWER_TRANSMIT) this.perform(socket, answer);
  }

  close(socket, code, reason = "") {
    setInputText(reason);
    const answer = this.input(socket, CLOSE, code ?? -1, utf8Length(reason));
    if (answer < 0) throw refusal(answer, code);
    // Chromium takes a code of `undefined` for 0.
    if (answer & ANSWER_HANG_UP) this.native.close.value.call(socket, ...(code === undefined ? [] : [code, reason]));
    // The core knows already that the socket is closing.
    this.lastState = this.native.readyState.get.call(socket);
  }

  terminate(socket) {
    this.close(socket);
  }

  ready(socket) {
    if (this.readyState(socket) > 1) return Promise.reject(closedError());
    return core.answer(this.handle, PRESSED) ? this.wait(socket, this.waiting.wait()) : Promise.resolve();
  }

  flushed(socket) {
    this.account();
    const query = (question, a) => this.query(socket, question, a);
    const flushed = this.flushes.begin(this, query, () => this.perform(socket, this.input(socket, FLUSH)));
    return this.wait(socket, flushed);
  }

  /** Listens for the end while a promise is pending. If the application stops the event, the timer notices the end. */
  wait(socket, promise) {
    if (this.waiting.some || this.flushes.some) addEventListener.call(socket, "close", this.onClose, true);
    return promise;
  }

  /** Settles the promises that the answer is about; at the end of the socket, all. */
  settle(socket, answer, closed) {
    if (answer & ANSWER_DRAIN) {
      // Never inside a call of the application.
      platform.clock.queueMicrotask(() => dispatch(socket, new Event("drain")));
      this.waiting.resolve();
    }
    if (closed) this.waiting.reject(closedError);
    if (answer & ANSWER_FLUSHED) this.flushes.resolve(core.answer(this.handle, FLUSHED_BELOW));
    // Only the end of the socket fails flushes.
    if (answer & ANSWER_FLUSH_FAILED) {
      const why = core.answer(this.handle, LAST_LOST) % 8;
      this.flushes.fail(({ before }) => notHandedOver(before - 1, why), core.answer(this.handle, LOSSES));
    }
    if (!this.waiting.some && !this.flushes.some) removeEventListener.call(socket, "close", this.onClose, true);
  }

  perform(socket, answer) {
    while (answer & ANSWER_SAMPLE) answer = (answer & ~ANSWER_SAMPLE) | this.input(socket, BUFFERED, ATTEMPT, this.amount(socket));
    this.settle(socket, answer);
    if (this.timer) return;
    const deadline = core.answer(this.handle, DEADLINE);
    if (deadline < 0) return;
    this.timer = true;
    wake(deadline, () => {
      this.timer = false;
      this.perform(socket, this.input(socket, TICK));
    });
  }
}

/** Creates the platform's object, with the prototype of our class. */
export const create = (url, protocols, made) => Reflect.construct(platform.native, [url, protocols], made);
