// Where WebSocket frames begin and end in a stream of bytes.

const EMPTY = Buffer.alloc(0);

/** The size of a whole frame, or undefined while its header is incomplete. */
function sizeOf(bytes) {
  if (bytes.length < 2) return undefined;
  const mask = bytes[1] & 0x80 ? 4 : 0;
  const short = bytes[1] & 0x7f;
  if (short < 126) return 2 + mask + short;
  const extended = short === 126 ? 2 : 8;
  if (bytes.length < 2 + extended) return undefined;
  const payload = extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return 2 + extended + mask + payload;
}

export class Frames {
  #header = EMPTY;
  #left = 0;
  #first = 0;

  /** True between two frames. An incomplete header was not split off. */
  get between() {
    return !this.#left;
  }

  /**
   * Splits bytes at the borders of frames. `begins`: a frame begins with this piece. `ends`: one ends with it.
   * `message`: so does a message. `close`: it is a Close frame.
   */
  *split(chunk) {
    let rest = this.#header.length ? Buffer.concat([this.#header, chunk]) : chunk;
    this.#header = EMPTY;
    while (rest.length) {
      const begins = !this.#left;
      if (begins) {
        const size = sizeOf(rest);
        if (size === undefined) {
          this.#header = rest;
          return;
        }
        this.#left = size;
        this.#first = rest[0];
      }
      const bytes = rest.subarray(0, this.#left);
      rest = rest.subarray(bytes.length);
      this.#left -= bytes.length;
      const ends = !this.#left;
      const opcode = this.#first & 0x0f;
      yield { bytes, begins, ends, message: ends && opcode < 8 && this.#first > 0x7f, close: ends && opcode === 8 };
    }
  }
}

/** A server's Close frame; without a code if that is "none". */
export function closeFrame(code, reason = "") {
  if (code === "none") return Buffer.from([0x88, 0]);
  const said = Buffer.from(reason);
  return Buffer.concat([Buffer.from([0x88, 2 + said.length, code >> 8, code & 0xff]), said]);
}

const close1000 = closeFrame(1000, "over");
const text = Buffer.from([0x81, 1, 0x61]);

/** Frames that a server must not send, by the names of tests/server. */
export const violations = {
  opcode: Buffer.from([0x83, 0]),
  masked: Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]),
  utf8: Buffer.from([0x81, 1, 0xff]),
  oversize: Buffer.concat([Buffer.from([0x89, 126, 0, 126]), Buffer.alloc(126)]),
  length: Buffer.from([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]),
  "fragmented-control": Buffer.from([0x09, 0]),
  "close-code": closeFrame(1005),
  "close-length": Buffer.from([0x88, 1, 3]),
  "close-utf8": Buffer.from([0x88, 3, 3, 0xe8, 0xff]),
  rsv: Buffer.from([0xc1, 1, 0x61]),
  continuation: Buffer.from([0x80, 1, 0x61]),
  interleave: Buffer.concat([Buffer.from([0x01, 1, 0x61]), text]),
  "data-after-close": Buffer.concat([close1000, text]),
};
