// Payloads of every kind. Each contains the number of its message.

import { Blob, Deliberate, world } from "./world.mjs";

const LONE = "\ud800";

/** One message, from the moment it is made. */
export class Message {
  constructor(owner, id, size) {
    Object.assign(this, { owner, id, size });
  }

  /** Whether this is its payload, or the copy that the package made of it. */
  matches(data, size = this.size) {
    if (size !== this.size) return false;
    if (this.text !== undefined) return data === this.text;
    if (this.blob) return data === this.blob;
    const bytes = bytesOf(data);
    if (bytes?.length !== this.size) return false;
    return bytes.every((byte, place) => byte === byteAt(this.id, place));
  }
}

const bytesOf = (data) => {
  // A view on a detached buffer cannot be created.
  if (data?.byteLength === 0) return [];
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined;
};
const byteAt = (id, place) => (place < 4 ? (id >>> (24 - 8 * place)) & 255 : (id + place) & 255);

/** The number in a payload: `identify` has the messages. */
export function numberOf(data) {
  if (typeof data === "string") return Number.parseInt(data, 10);
  const bytes = bytesOf(data);
  return bytes ? ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0 : undefined;
}

export const isEmpty = (data) => data === "" || (!(data instanceof Blob) && typeof data !== "string" && data.byteLength === 0);

const text = (message, size) => written(message, size, "x");

function written(message, size, letter) {
  const id = `${message.id}|`;
  message.text = id + letter.repeat(Math.max(0, size - id.length));
  message.size = Buffer.byteLength(message.text);
  return message.text;
}

function buffer(message, size) {
  const length = Math.max(4, size);
  const data = new ArrayBuffer(length);
  const bytes = new Uint8Array(data);
  for (let place = 0; place < length; place++) bytes[place] = byteAt(message.id, place);
  message.size = length;
  // The owner may change the buffer after it was sent.
  message.spoil = () => bytes.fill(255);
  return data;
}

function view(message, size, View) {
  const inner = buffer(message, size);
  const outer = new ArrayBuffer(message.size + 5);
  const bytes = new Uint8Array(outer);
  bytes.set(new Uint8Array(inner), 3);
  message.spoil = () => bytes.fill(255);
  return new View(outer, 3, message.size);
}

/** A text by way of an object, whose `toString` does what it likes. */
function spoken(message, size, life) {
  const said = text(message, size);
  return {
    toString() {
      life.reenter("toString");
      life.perhapsThrow("toString", "never");
      return said;
    },
  };
}

/** A buffer whose constructor wants to be asked when it is copied. */
function hostile(message, size) {
  const data = buffer(message, size);
  const constructor = {
    get [Symbol.species]() {
      world.fail("the package runs the application's code while it copies");
      return ArrayBuffer;
    },
  };
  return Object.defineProperty(data, "constructor", { value: constructor });
}

const KINDS = {
  text,
  long: (message, size) => written(message, size + 130, "x"),
  accents: (message, size) => written(message, size, "é"),
  pairs: (message, size) => written(message, size, "😀"),
  lone: (message, size) => written(message, size, LONE),
  spoken,
  buffer,
  bytes: (message, size) => view(message, size, Uint8Array),
  view: (message, size) => view(message, size, DataView),
  hostile,
  blob(message, size, life) {
    message.size = size;
    return (message.blob = life.blob(message, size));
  },
  nothing(message) {
    message.size = 0;
    return (message.text = "");
  },
  detached(message) {
    const data = new ArrayBuffer(8);
    structuredClone(data, { transfer: [data] });
    message.size = 0;
    return data;
  },
  emptyBlob(message, _, life) {
    message.size = 0;
    return (message.blob = life.blob(message, 0));
  },
};
const COMMON = ["text", "text", "text", "buffer", "bytes", "blob"];
const RARE = Object.keys(KINDS);

/** A payload, and the message that it is. */
export function payload(life, owner) {
  const { chance } = life;
  const message = life.message(owner);
  let kind = chance.is(0.7) ? chance.pick(COMMON) : chance.pick(RARE);
  // An empty payload has no number, so only one may be undecided.
  if ((kind === "nothing" || kind === "detached") && (owner.emptyPings || !life.mayBeEmpty(owner))) kind = "text";
  const size = chance.is(0.9) ? chance.between(0, 60) : chance.between(60, 1_500);
  const data = KINDS[kind](message, size, life);
  if (isEmpty(data)) owner.empty = message;
  message.kind = kind;
  return { message, data };
}

export { Deliberate };
