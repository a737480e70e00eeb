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
  if (typeof sequence !== "function") throw new TypeError("The provided value cannot be converted to a sequence.");
  // The method was got once and is called, not looked up again.
  return Array.from({ [Symbol.iterator]: () => sequence.call(value) }, (item) => `${item}`);
}

const getter = (object, name) => Object.getOwnPropertyDescriptor(object, name)?.get;
const typed = Object.getPrototypeOf(Uint8Array.prototype);
const blobSize = globalThis.Blob && getter(Blob.prototype, "size");
const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
const sharedLength = globalThis.SharedArrayBuffer && getter(SharedArrayBuffer.prototype, "byteLength");
const views = [typed, DataView.prototype].map((prototype) =>
  ["buffer", "byteOffset", "byteLength"].map((name) => getter(prototype, name)),
);

/** Calls a getter that is there only on objects of its kind, whatever realm they are from. */
function probe(get, object) {
  try {
    return get?.call(object);
  } catch {}
}

/** What the last {@link message} measured, in bytes on the wire. */
export let size = 0;

/** Whether the last {@link message} can be changed by its owner. */
export let mutable = false;

/** (BufferSource or Blob or USVString): what is to be sent. Measures it as well. */
export function message(data) {
  mutable = false;
  if (typeof data !== "string" && Object(data) === data) {
    if (ArrayBuffer.isView(data)) {
      const [buffer, , byteLength] = getter(typed, Symbol.toStringTag).call(data) ? views[0] : views[1];
      const memory = buffer.call(data);
      if (probe(sharedLength, memory) !== undefined) throw new TypeError("The provided ArrayBufferView value must not be shared.");
      if (memory.resizable) throw new TypeError("The provided ArrayBufferView value must not be resizable.");
      // A DataView on a detached buffer throws; it holds nothing.
      size = probe(byteLength, data) ?? 0;
      mutable = true;
      return data;
    }
    const length = probe(bufferLength, data);
    if (length !== undefined) {
      if (data.resizable) throw new TypeError("The provided ArrayBuffer value must not be resizable.");
      size = length;
      mutable = true;
      return data;
    }
    const bytes = probe(blobSize, data);
    if (bytes !== undefined) {
      size = bytes;
      return data;
    }
  }
  const text = typeof data === "string" ? data : `${data}`;
  size = utf8Length(text);
  return text;
}

/** A copy that its owner can not change any more. */
export function copy(data) {
  if (!ArrayBuffer.isView(data)) return ArrayBuffer.prototype.slice.call(data, 0);
  const [buffer, byteOffset] = views[getter(typed, Symbol.toStringTag).call(data) ? 0 : 1];
  const start = probe(byteOffset, data) ?? 0;
  return ArrayBuffer.prototype.slice.call(buffer.call(data), start, start + size);
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
