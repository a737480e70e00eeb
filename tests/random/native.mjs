// A native WebSocket without a network, as close to the standard as the package can notice. Only the world changes
// its state, and dispatches its events, as tasks.

import { world } from "./world.mjs";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** The world's side of a native socket. */
export class Line {
  state = CONNECTING;
  /** What `send` took and has not left: `{ message, size, rest }`. */
  queue = [];
  /** Their bytes. */
  unsent = 0;
  /** Bytes that left while the page was frozen, and that it does not see yet. */
  unheard = 0;
  #frozen = false;
  /** Bytes sent after closing began. */
  late = 0;
  /** Whether `close` was called, and with what. */
  closeCalled = false;
  code;
  protocol = "";
  /** Whether the page was ever frozen: then what it knows of the amount may be old. */
  wasFrozen = false;
  /** Whether `close` was dispatched, with the true amount. */
  known = false;

  constructor(socket, url, protocols) {
    Object.assign(this, { socket, url, protocols });
  }

  get isLive() {
    return this.state !== CLOSED && !this.closeCalled;
  }

  // ---- what the page does ------------------------------------------------------------------------------

  send(data) {
    if (this.state === CONNECTING) throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
    const size = wireLength(data);
    if (this.state !== OPEN) {
      this.late += size;
      return;
    }
    const message = this.owner.transmitted(this, data, size);
    this.queue.push({ message, size, rest: size });
    this.unsent += size;
    if (!this.unsent) this.drain(0);
  }

  close(code, reason) {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException(`${code} is no code to close with.`, "InvalidAccessError");
    }
    if (reason !== undefined && Buffer.byteLength(reason) > 123) throw new DOMException("Too long.", "SyntaxError");
    if (this.state > OPEN) {
      this.closeCalled = true;
      return;
    }
    if (this.state === OPEN) this.ours = true;
    Object.assign(this, { state: CLOSING, closeCalled: true, code, reason });
  }

  // ---- what the world does -----------------------------------------------------------------------------

  open() {
    this.protocol = this.protocols[0] ?? "";
    this.state = OPEN;
    this.opened = true;
    this.#dispatch(new Event("open"));
  }

  message(data) {
    // "If ready state is not OPEN (1), then return."
    if (this.state === OPEN) this.#dispatch(new MessageEvent("message", { data }));
  }

  /** So many bytes leave. An empty message at the edge is on either side, but for one that nothing is behind. */
  drain(bytes) {
    let left = bytes;
    while (this.queue.length) {
      const [first] = this.queue;
      if (left === 0 && this.unsent && (first.rest || world.chance.is(0.5))) break;
      const going = Math.min(left, first.rest);
      first.rest -= going;
      left -= going;
      this.unsent -= going;
      if (this.#frozen) this.unheard += going;
      if (going > 0 || first.size === 0) this.owner.begun(first.message, this);
      if (first.rest > 0) break;
      this.queue.shift();
      this.owner.left(first.message, this);
    }
    this.owner.weigh();
  }

  get seen() {
    return this.unsent + this.unheard;
  }

  freeze() {
    this.#frozen = this.wasFrozen = true;
  }

  /** The page runs again, and hears in a moment of what has left. */
  thaw(delay) {
    this.#frozen = false;
    world.later(delay, () => {
      if (this.state !== CLOSED) this.unheard = 0;
    });
  }

  /** The peer's Close frame: the browser knows, and says so later. */
  peerCloses(code) {
    this.state = CLOSING;
    this.peerCode = code;
  }

  /** Dispatches the end. `how`: "clean", or what the platform dispatches at a failure: "cut", "error first", "no error". */
  end(how, code = 1006) {
    this.known = !this.unheard;
    if (how === "error first") {
      // WebKit: `close` comes in a later task, or never.
      this.state = CLOSING;
      this.failed = true;
      return this.#dispatch(new Event("error"));
    }
    this.state = CLOSED;
    if (how === "cut") this.#dispatch(new Event("error"));
    this.#dispatch(new CloseEvent("close", { code, wasClean: how === "clean" }));
    this.owner.ended(this);
  }

  #dispatch(event) {
    if (world.log) world.note(`native ${this.name}: ${event.type} ${event.code ?? ""}${event.wasClean ? " clean" : ""}${event.data ? shown(event.data) : ""}`);
    this.socket.dispatchEvent(event);
  }
}

export const wireLength = (data) => (typeof data === "string" ? Buffer.byteLength(data) : (data.byteLength ?? data.size));

export class NativeWebSocket extends EventTarget {
  #line;
  #handlers = {};
  #binaryType = "blob";

  constructor(url, protocols = []) {
    super();
    if (`${url}`.includes("forbidden")) throw new DOMException("Mixed content.", "SecurityError");
    this.#line = new Line(this, `${url}`, protocols);
    world.dialed(this.#line);
  }

  get url() {
    return this.#line.url;
  }

  get readyState() {
    return this.#line.state;
  }

  get bufferedAmount() {
    return this.#line.seen + this.#line.late;
  }

  get extensions() {
    return "";
  }

  get protocol() {
    return this.#line.protocol;
  }

  get binaryType() {
    return this.#binaryType;
  }

  set binaryType(value) {
    this.#binaryType = value;
  }

  send(data) {
    if (world.log) world.note(`native ${this.#line.name}.send(${shown(data)})`);
    if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) this.#line.owner.life.copies.push(data);
    this.#line.send(data);
  }

  close(code = undefined, reason = undefined) {
    world.note(`native ${this.#line.name}.close(${code ?? ""})`);
    this.#line.close(code, reason);
  }

  #handler(type, value) {
    const slots = this.#handlers;
    if (typeof value !== "function") {
      if (slots[type]) this.removeEventListener(type, slots[type].listener);
      delete slots[type];
    } else if (slots[type]) slots[type].value = value;
    else {
      const slot = { value, listener: (event) => slot.value.call(this, event) };
      slots[type] = slot;
      this.addEventListener(type, slot.listener);
    }
  }

  static {
    for (const type of ["open", "message", "error", "close"]) {
      Object.defineProperty(this.prototype, `on${type}`, {
        get() {
          return this.#handlers[type]?.value ?? null;
        },
        set(value) {
          this.#handler(type, value);
        },
        configurable: true,
        enumerable: true,
      });
    }
    for (const name of Reflect.ownKeys(this.prototype)) {
      if (name !== "constructor") Object.defineProperty(this.prototype, name, { enumerable: true });
    }
  }
}

export const shown = (data) => {
  if (typeof data === "string") return JSON.stringify(data.slice(0, 12));
  return `${data?.constructor?.name ?? typeof data} of ${wireLength(data)}`;
};
