// One connection through the relay: forwards between a client and its server, and injects one fault of tests/server.

import { createHash } from "node:crypto";
import { connect } from "node:net";
import { Frames, closeFrame, violations } from "./frames.mjs";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const HEAD_END = "\r\n\r\n";
/** How long a client may take to answer a Close frame. */
const CLOSING = 10_000;

export class Connection {
  #client;
  #server;
  #fault;
  #up = new Frames();
  #down = new Frames();
  #forwarded = 0;
  #messages = 0;
  #silent = false;
  #closing = false;
  #paused = false;
  #rate = 0;
  /** True if the fault happens at the next opportunity. */
  #due = false;
  /** True if the current frame is the last one. */
  #isLast = false;
  /** The bytes that follow the current frame as the last. */
  #last;
  ended = false;

  /** `portOf(path)` is the port of the path's server, `takeFault(id)` the fault of the next handshake with this id. */
  constructor(client, portOf, takeFault) {
    this.#client = client;
    client.on("error", () => client.destroy());
    client.on("close", (failed) => this.kill(failed ? "rst" : "fin"));
    this.#readHead(client, (head, rest) => {
      const url = new URL(head.split(" ", 2)[1], "http://relay");
      this.id = url.searchParams.get("id");
      this.#fault = takeFault(this.id);
      this.#begin(head, rest, portOf(url.pathname));
    });
  }

  // ---- what the control port asks for ------------------------------------------------------------------

  kill(mode) {
    if (this.ended) return;
    this.ended = true;
    for (const socket of [this.#client, this.#server]) {
      if (mode === "fin") socket?.destroySoon();
      else socket?.resetAndDestroy();
    }
  }

  close(code, reason) {
    this.#sendLast(closeFrame(code, reason));
  }

  silence() {
    this.#silent = true;
  }

  pause() {
    this.#paused = true;
    this.#client.pause();
  }

  resume() {
    this.#paused = false;
    this.#client.resume();
  }

  slow(rate) {
    this.#rate = rate;
  }

  // ---- the handshake -----------------------------------------------------------------------------------

  #readHead(socket, done) {
    let read = Buffer.alloc(0);
    const hear = (chunk) => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(HEAD_END);
      if (end < 0) return;
      socket.off("data", hear);
      done(read.subarray(0, end + HEAD_END.length).toString("latin1"), read.subarray(end + HEAD_END.length));
    };
    socket.on("data", hear);
  }

  #begin(head, rest, port) {
    const { word, how, status } = this.#fault ?? {};
    if (word === "blackhole") return this.pause();
    if (word === "refuse" && how === "never") return this.#client.resume();
    if (word === "refuse") return this.#refuse(head, how, status);
    this.#server = connect(port, "127.0.0.1");
    this.#server.setNoDelay(true);
    this.#server.on("error", () => this.kill("rst"));
    this.#server.on("close", () => this.#closing || this.kill("fin"));
    this.#server.write(head, "latin1");
    this.#readHead(this.#server, (answer, first) => this.#accepted(answer, first));
    this.#client.on("data", (chunk) => this.#fromClient(chunk));
    if (rest.length) this.#fromClient(rest);
  }

  #refuse(head, how, status = "503") {
    const key = /^sec-websocket-key: *(.*)\r$/im.exec(head)?.[1];
    const accept = createHash("sha1").update(how === "accept-key" ? "another" : key + GUID).digest("base64");
    const extra = { protocol: "Sec-WebSocket-Protocol: other\r\n", extension: "Sec-WebSocket-Extensions: other\r\n" };
    const switching = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
      + `Sec-WebSocket-Accept: ${accept}\r\n${extra[how] ?? ""}\r\n`;
    if (how) this.#client.write(switching);
    else this.#client.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  }

  #accepted(answer, first) {
    this.#client.write(answer, "latin1");
    if (this.#fault?.word === "accept-drop") return this.kill(this.#fault.mode);
    this.#server.on("data", (chunk) => this.#fromServer(chunk));
    if (first.length) this.#fromServer(first);
  }

  // ---- frames ------------------------------------------------------------------------------------------

  #fromClient(chunk) {
    for (const { bytes, message, close } of this.#up.split(chunk)) {
      if (this.ended) return;
      if (this.#closing) {
        if (close) this.kill("fin");
        continue;
      }
      const limit = this.#fault?.when === "reading" ? Number(this.#fault.bytes) - this.#forwarded : Infinity;
      this.#forwarded += bytes.length;
      this.#forward(this.#client, this.#server, bytes.subarray(0, limit));
      if (bytes.length >= limit) return this.kill(this.#fault.mode);
      if (message) this.#count();
    }
    if (this.#rate) this.#hold((chunk.length / this.#rate) * 1000);
  }

  /** Reads nothing for so long. */
  #hold(ms) {
    this.#client.pause();
    setTimeout(() => this.#paused || this.#client.resume(), ms);
  }

  #count() {
    this.#messages++;
    if (this.#messages !== Number(this.#fault?.after)) return;
    this.#due = true;
    if (this.#down.between) this.#strikeBetween();
  }

  /** Injects a fault that happens between two frames of the server. Returns whether there was one. */
  #strikeBetween() {
    const { word, how, code } = this.#fault;
    if (word === "close") this.close(code);
    else if (word === "violate") this.#sendLast(violations[how]);
    else return false;
    return true;
  }

  #fromServer(chunk) {
    for (const { bytes, begins, ends } of this.#down.split(chunk)) {
      if (this.ended || this.#closing) return;
      if (this.#silent) continue;
      if (begins && this.#due) {
        const { when, mode } = this.#fault;
        if (this.#strikeBetween()) return;
        if (when === "within") this.#client.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
        if (when !== "after") return this.kill(mode);
        this.#isLast = true;
      }
      this.#forward(this.#server, this.#client, bytes);
      if (ends && this.#isLast) return this.kill(this.#fault.mode);
      if (ends && this.#last) return this.#sendLast(this.#last);
    }
  }

  #forward(from, to, bytes) {
    if (to.write(bytes)) return;
    from.pause();
    to.once("drain", () => (from === this.#client && this.#paused) || from.resume());
  }

  /** Sends these bytes between two frames, and nothing more; the client answers with a Close frame. */
  #sendLast(bytes) {
    if (this.ended || this.#closing) return;
    if (!this.#down.between) {
      this.#last = bytes;
      return;
    }
    this.#closing = true;
    this.#client.write(bytes);
    this.#server?.destroySoon();
    setTimeout(() => this.kill("rst"), CLOSING).unref();
  }
}
