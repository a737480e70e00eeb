// A JavaScript contender as the cases use it. The Rust ones export the same from wasm: bench/rust/src/speed.rs.

/** What is sent: made once, so that making it does not count. */
export const payload = {
  text: (size) => "x".repeat(size),
  binary: (size) => new Uint8Array(size).fill(0xa5).buffer,
  unicode: (size) => "€".repeat(size / 3) + "x".repeat(size % 3),
};

export class Line {
  #socket;
  #left = 0;
  #done;
  /** What was read of the messages; nothing may be optimised away. */
  read = 0;

  /** Does not wait: `opened` does. */
  constructor(contender, url) {
    this.opened = new Promise((resolve) => {
      this.#socket = contender.connect(url, resolve, (data) => this.#take(data));
    });
  }

  static async open(contender, url) {
    const line = new Line(contender, url);
    await line.opened;
    return line;
  }

  #take(data) {
    this.read += typeof data === "string" ? data.length : data.byteLength;
    if (--this.#left === 0) this.#done();
  }

  /** Until so many messages have come. */
  receive(count) {
    this.#left = count;
    return new Promise((resolve) => (this.#done = resolve));
  }

  send(kind, size, count) {
    const data = payload[kind](size);
    for (let sent = 0; sent < count; sent++) this.#socket.send(data);
  }

  /** Sends buffers that are not used afterwards. */
  give(buffers) {
    for (const buffer of buffers) this.#socket.send(buffer, { transfer: true });
  }

  /** Asks for a flood, and waits for all of it. */
  flood(count) {
    const received = this.receive(count);
    this.#socket.send("go");
    return received;
  }

  /** Sends, and waits for the one answer to all of it. */
  sink(kind, size, count) {
    const received = this.receive(1);
    this.send(kind, size, count);
    return received;
  }

  /** Round trips one after the other, each in milliseconds. */
  async trips(count) {
    const took = new Float64Array(count);
    for (let trip = 0; trip < count; trip++) {
      const start = performance.now();
      const answered = this.receive(1);
      this.#socket.send("ping");
      await answered;
      took[trip] = performance.now() - start;
    }
    return took;
  }

  close() {
    this.#socket.close();
  }
}
