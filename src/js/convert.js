// Web IDL's conversions, and how long a message is.

const encoder = globalThis.TextEncoder && new TextEncoder();

/** USVString: lone surrogates become U+FFFD. */
export const usv = (value) => `${value}`.replace(/\p{Surrogate}/gu, "\ufffd");

/** [Clamp] unsigned short: halves go to the even neighbour. */
export function clampShort(value) {
  const number = Math.min(Math.max(+value, 0), 65535) || 0;
  const floor = Math.floor(number);
  const rest = number - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2) ? floor + 1 : floor;
}

/** (DOMString or sequence<DOMString>), as a list. */
export function strings(value) {
  const sequence = Object(value) === value ? value[Symbol.iterator] : undefined;
  if (sequence == null) return [`${value}`];
  if (typeof sequence !== "function") throw new TypeError("The value is not iterable.");
  // The methods are looked up once. Without a `return` method `Array.from` does not close the iterator, nor does Web IDL.
  const once = () => {
    const iterator = sequence.call(value);
    const { next } = iterator;
    return { next: () => next.call(iterator) };
  };
  return Array.from({ [Symbol.iterator]: once }, (item) => `${item}`);
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

/** Calls a getter that throws on objects of other kinds. No own property and no realm can mislead it. */
function probe(get, object) {
  try {
    return get?.call(object);
  } catch {}
}

const BUFFER = 0;
const OFFSET = 1;
const LENGTH = 2;
/** A DataView on a detached buffer throws; it holds nothing. */
const part = (view, place) => probe(views[kind.call(view) ? 0 : 1][place], view) ?? 0;

/** The length in bytes of the last {@link message}. */
export let size = 0;

/** Whether the owner of the last {@link message} can change it. */
export let mutable = false;

/** Converts to (BufferSource or Blob or USVString), and sets {@link size} and {@link mutable}. */
export function message(data) {
  if (typeof data !== "string" && Object(data) === data) {
    const buffer = ArrayBuffer.isView(data) ? part(data, BUFFER) : data;
    const length = probe(bufferLength, buffer);
    if (length !== undefined && !probe(resizable, buffer)) {
      size = buffer === data ? length : part(data, LENGTH);
      mutable = true;
      return data;
    }
    const bytes = probe(blobSize, data);
    if (bytes !== undefined) {
      size = bytes;
      mutable = false;
      return data;
    }
    // Only an isolated page can see the class of shared memory, but every DataView takes it.
    if (probe(() => new DataView(buffer))) throw new TypeError("The buffer must not be shared or resizable.");
  }
  // This may run the application's code, which may send: what is measured is set after it.
  const text = `${data}`;
  size = utf8Length(text);
  mutable = false;
  return text;
}

/** Copies the last {@link message}, so that its owner can not change it any more. */
export function copy(data) {
  const bytes = new Uint8Array(size);
  // A detached buffer can not be looked into.
  if (size) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    bytes.set(new Uint8Array(part(view, BUFFER), part(view, OFFSET), size));
  }
  return bytes.buffer;
}

/** Beyond this the platform's encoder is faster than a loop. */
const SHORT = 128;
let scratch;

/** Bytes of a text in UTF-8; a lone surrogate is sent as U+FFFD, in three. */
export function utf8Length(text) {
  const { length } = text;
  let bytes = length;
  if (length <= SHORT) {
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) continue;
      bytes += unit > 0x7ff ? 2 : 1;
      // A pair is four bytes: its first half was counted as three, its second is the one besides.
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

/** Bytes of what arrived. */
export function receivedLength(data) {
  return typeof data === "string" ? utf8Length(data) : (data.byteLength ?? data.size);
}
