// The conversions of Web IDL, and the sizes of messages.

const encoder = globalThis.TextEncoder && new TextEncoder();

/** Converts to USVString: lone surrogates become U+FFFD. */
export const usv = (value) => `${value}`.replace(/\p{Surrogate}/gu, "\ufffd");

/** Converts to [Clamp] unsigned short: halves round to even. */
export function clampShort(value) {
  const number = Math.min(Math.max(+value, 0), 65535) || 0;
  const floor = Math.floor(number);
  const rest = number - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2) ? floor + 1 : floor;
}

/** Converts (DOMString or sequence<DOMString>) to a list. */
export function strings(value) {
  const sequence = Object(value) === value ? value[Symbol.iterator] : undefined;
  if (sequence == null) return [`${value}`];
  const require = (holds) => {
    if (!holds) throw new TypeError("The protocols must be a string or iterable.");
  };
  require(typeof sequence === "function");
  // By hand: Web IDL looks up `next` once, and does not close the iterator if an item can't be converted.
  const iterator = sequence.call(value);
  const { next } = iterator;
  const list = [];
  for (;;) {
    const item = next.call(iterator);
    require(Object(item) === item);
    if (item.done) return list;
    list.push(`${item.value}`);
  }
}

const getter = (object, name) => Object.getOwnPropertyDescriptor(object, name)?.get;
const typed = Object.getPrototypeOf(Uint8Array.prototype);
const kind = getter(typed, Symbol.toStringTag);
const blobSize = globalThis.Blob && getter(Blob.prototype, "size");
const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
const resizable = getter(ArrayBuffer.prototype, "resizable");
const views = [typed, DataView.prototype].map((prototype) =>
  ["buffer", "byteOffset", "byteLength"].map((name) => getter(prototype, name)),
);

/** Calls a getter that throws for other objects. Own properties and other realms cannot deceive it. */
function probe(get, object) {
  try {
    return get?.call(object);
  } catch {}
}

const BUFFER = 0;
const OFFSET = 1;
const LENGTH = 2;
/** The getters of a DataView on a detached buffer throw; then it is empty. */
const part = (view, place) => probe(views[kind.call(view) ? 0 : 1][place], view) ?? 0;

/** The size in bytes of the last message converted. */
export let messageSize = 0;

/** Whether the application can change the last message converted. */
export let isMutable = false;

/** Converts to (BufferSource or Blob or USVString), and sets {@link messageSize} and {@link isMutable}. */
export function convertMessage(data) {
  if (typeof data !== "string" && Object(data) === data) {
    const buffer = ArrayBuffer.isView(data) ? part(data, BUFFER) : data;
    const length = probe(bufferLength, buffer);
    if (length !== undefined && !probe(resizable, buffer)) {
      messageSize = buffer === data ? length : part(data, LENGTH);
      isMutable = true;
      return data;
    }
    const bytes = probe(blobSize, data);
    if (bytes !== undefined) {
      messageSize = bytes;
      isMutable = false;
      return data;
    }
    // Only isolated pages have the class SharedArrayBuffer, but every DataView accepts its objects.
    if (probe(() => new DataView(buffer))) throw new TypeError("The buffer must not be shared or resizable.");
  }
  // This may run application code, which may send: the variables are set after it.
  const text = `${data}`;
  messageSize = utf8Length(text);
  isMutable = false;
  return text;
}

/** The buffer of binary data, and where the data begins in it. */
const place = (data) => (ArrayBuffer.isView(data) ? [part(data, BUFFER), part(data, OFFSET)] : [data, 0]);

/**
 * Buffers of one size whose messages have left, up to a MiB; of larger messages one. In Chromium, fresh memory for 64 KiB
 * costs 17 times as much as the copy.
 */
let spares = [];
const MOST_SPARE = 1 << 20;

/** Copies a message of this size. */
export function copy(data, size) {
  const copied = spares[0]?.byteLength === size ? spares.pop() : new ArrayBuffer(size);
  const [buffer, offset] = place(data);
  // A view on a detached buffer would throw.
  if (size) new Uint8Array(copied).set(new Uint8Array(buffer, offset, size));
  return copied;
}

/** Keeps the memory of a message for copies of its size, if it is a buffer: a copy that nobody else has seen. */
export function reuse(payload) {
  const size = typeof payload === "object" ? probe(bufferLength, payload) : undefined;
  if (size === undefined) return;
  if (spares[0]?.byteLength !== size) spares = [];
  if (spares.length * size < MOST_SPARE) spares.push(payload);
}

/** Missing in Safari before 17.4 and Firefox before 122. */
const { transfer } = ArrayBuffer.prototype;

/** Takes the bytes of a message of this size from the application, whose buffer is detached. Returns them. */
export function take(data, size) {
  const [buffer, offset] = place(data);
  try {
    // A clone takes ten times as long, for 64 KiB as long as a copy.
    const taken = transfer ? transfer.call(buffer) : structuredClone(buffer, { transfer: [buffer] });
    return new Uint8Array(taken, offset, size);
  } catch {
    // The memory of a wasm instance, say, cannot be detached.
    return copy(data, size);
  }
}

/** For longer texts the platform's encoder is faster than a loop. */
const SHORT = 128;
let scratch;

/** Returns the size of a text in UTF-8. A lone surrogate is sent as U+FFFD, three bytes. */
export function utf8Length(text) {
  const { length } = text;
  let bytes = length;
  if (length <= SHORT) {
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) continue;
      bytes += unit > 0x7ff ? 2 : 1;
      // A pair takes four bytes: three were counted for its first half, one for its second.
      if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
    }
    return bytes;
  }
  scratch ??= new Uint8Array(1 << 14);
  bytes = 0;
  for (let at = 0; at < length; ) {
    const { read, written } = encoder.encodeInto(at ? text.slice(at) : text, scratch);
    at += read;
    bytes += written;
  }
  return bytes;
}

/** Returns the size of received data in bytes. */
export function receivedLength(data) {
  return typeof data === "string" ? utf8Length(data) : (data.byteLength ?? data.size);
}
