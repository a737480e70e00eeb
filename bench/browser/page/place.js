// The addresses of the load and of the contenders.

import { Line } from "./line.js";

let tags = 0;

export class Place {
  #next = 0;

  constructor({ ws, ports, http, relay, group, contender }) {
    Object.assign(this, { ws, ports, http, relay, group, contender });
  }

  /** Loads the contender, as a page would at its start. */
  async load() {
    if (this.group !== "rust") {
      const folder = this.group === "js" ? "contenders" : this.group;
      const module = await import(`/${folder}/${this.contender}.js`);
      this.make = (url) => new Line(module, url);
      return this;
    }
    const module = await import(`/rust/${this.contender}/speed.js`);
    const wasm = await module.default();
    this.make = (url) => new module.Line(url);
    this.wasmBytes = () => wasm.memory.buffer.byteLength;
    return this;
  }

  /** A line that is open. */
  async open(path, query = {}) {
    const line = this.make(this.address(path, query));
    await line.opened;
    return line;
  }

  /** An open line to whatever echoes, at another port each time: the browser has a pause between two at one. */
  async echo() {
    const line = this.make(`${this.ports[this.#next++ % this.ports.length]}/echo?keep=0`);
    await line.opened;
    return line;
  }

  /** So many of them. Not all at once: with sixteen handshakes under way Chromium puts the next off for seconds. */
  async echoes(count) {
    const lines = [];
    let left = count;
    const lane = async () => {
      while (left-- > 0) lines.push(await this.echo());
    };
    await Promise.all(Array.from({ length: 4 }, lane));
    return lines;
  }

  address(path, query = {}) {
    return `${this.ws}/${path}?${new URLSearchParams({ keep: 0, ...query })}`;
  }

  /** Has the relay before the server do something: bench/browser/relay.mjs. */
  async ask(path, query = {}) {
    return (await fetch(`${this.relay}/${path}?${new URLSearchParams(query)}`)).json();
  }

  tag() {
    return `${performance.timeOrigin}-${++tags}`;
  }

  /** Until the server has received so many messages on the connection with this tag. */
  async arrived(id, messages) {
    const query = new URLSearchParams({ id, messages, brief: "", timeout_ms: 100_000 });
    const { complete } = await (await fetch(`${this.http}/log?${query}`)).json();
    if (!complete) throw new Error(`the server did not receive ${messages} messages`);
  }
}

/** Closes so many that the next page has to wait until they are gone: the browser's limit counts them until then. */
export async function closed(lines) {
  for (const line of lines) line.close();
  await new Promise((resolve) => setTimeout(resolve, 500));
}

/** Milliseconds that `work` takes. */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function quantile(values, part) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
