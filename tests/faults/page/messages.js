// Messages that can be identified in the server's log, in a `discard` event and in an echo.

const encoder = new TextEncoder();
const blobs = new WeakMap();

/** Where a hash starts. */
export const FNV = 0x811c9dc5;

/** The server's hash of a message: FNV-1a of its first 65,536 bytes. */
export function fnv(bytes, start = FNV) {
  let bits = start;
  const end = Math.min(bytes.length, 65_536);
  for (let at = 0; at < end; at++) bits = Math.imul(bits ^ bytes[at], 0x01000193);
  return bits >>> 0;
}

export const hex = (bits) => bits.toString(16).padStart(8, "0");

const FILLERS = ["x", "ä", "漢", "🦀"];

function text(number, size, chance) {
  const filler = chance.one(FILLERS);
  const data = `${number} ${filler.repeat(Math.ceil(size / encoder.encode(filler).length))}`;
  return { data, size: encoder.encode(data).length };
}

function bytes(number, size) {
  const data = new Uint8Array(Math.max(size, 4)).fill(number);
  new DataView(data.buffer).setUint32(0, number);
  return data;
}

/** Message `number`; `large` ones are what a slow network is still sending when it breaks. */
export function make(number, chance, large) {
  const kind = chance.one(["text", "text", "text", "binary", "blob"]);
  const size = large && chance.in(0.5) ? chance.between(200_000, 1_000_000) : chance.one([
    chance.between(0, 100),
    chance.between(0, 100),
    chance.between(100, 5_000),
    chance.between(5_000, 70_000),
  ]);
  if (kind === "text") return { number, kind, ...text(number, size, chance) };
  const content = bytes(number, size);
  const message = { number, kind, size: content.length, mark: `${content.length} ${hex(fnv(content))}` };
  if (kind === "binary") return { ...message, data: chance.in(0.5) ? content.buffer : content };
  const data = new Blob([content]);
  blobs.set(data, number);
  return { ...message, data };
}

/** The number of a message, if it has one. */
export function numberOf(data) {
  if (typeof data === "string") return Number.parseInt(data, 10);
  if (data instanceof Blob) return blobs.get(data) ?? NaN;
  const view = ArrayBuffer.isView(data) ? new DataView(data.buffer, data.byteOffset) : new DataView(data);
  return view.byteLength < 4 ? NaN : view.getUint32(0);
}

/** Bytes on the wire. */
export function sizeOf(data) {
  if (typeof data === "string") return encoder.encode(data).length;
  return data.size ?? data.byteLength;
}

/** The numbers of what the server has in its log, in its order, connection by connection. */
export function received(log, messages) {
  const marks = new Map(messages.filter(({ mark }) => mark).map(({ mark, number }) => [mark, number]));
  const of = ({ kind, text, length, hash }) => {
    if (kind === "binary") return marks.get(`${length} ${hash}`);
    const number = Number.parseInt(text, 10);
    return messages[number]?.kind === "text" && messages[number].size === length ? number : undefined;
  };
  return log.map((connection) =>
    connection.received
      .filter(({ kind, text }) => (kind === "text" && text !== "beat") || kind === "binary")
      .map(of),
  );
}
