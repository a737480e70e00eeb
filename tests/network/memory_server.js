// The fault server in memory: what a story or a case asks of it, over an emulated network.

/** How long a request for the log waits for what it asks for. */
const PATIENCE = 5_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const utf8 = new TextDecoder();

export class MemoryServer {
  /** One for each request, in their order. */
  #connections = [];
  /** Paths that the next requests get instead of their own. */
  #overrides = [];

  /** `address` is that of the fault server, so that URLs are the same. */
  constructor(Network, address) {
    this.network = new Network({ clock: "real" });
    this.network.listen(`${address}/*`, (request) => this.#answer(request));
  }

  #answer(request) {
    const own = new URL(request.url);
    const { pathname, searchParams } = new URL(this.#overrides.shift() ?? own.href, own);
    const connection = { target: own.pathname + own.search, peer: undefined, ended: false };
    this.#connections.push(connection);
    try {
      connection.peer = request.fault(pathname.slice(1), Object.fromEntries(searchParams));
      connection.peer.onclose = () => {
        connection.ended = true;
      };
    } catch (cause) {
      connection.ended = true;
      request.refuse(400, { body: cause.message });
    }
  }

  /** As the control port answers. */
  async control(method, path) {
    const { pathname, searchParams } = new URL(path, "http://control.test");
    switch (`${method} ${pathname}`) {
      case "GET /log":
        return this.#log(searchParams);
      case "POST /kill":
        for (const { peer, ended } of this.#connections) if (!ended) peer.reset();
        return {};
      case "POST /mode":
        for (let n = +searchParams.get("n"); n > 0; n--) this.#overrides.push(searchParams.get("path"));
        return {};
      default:
        throw new Error(`unknown: ${method} ${path}`);
    }
  }

  /** Waits until what is asked for has happened. */
  async #log(wanted) {
    const least = (name) => +(wanted.get(name) ?? 0);
    for (const end = Date.now() + PATIENCE; ; await pause(5)) {
      const connections = this.#received();
      const messages = connections.reduce((sum, { received }) => sum + received.length, 0);
      const ended = this.#connections.filter((one) => one.ended).length;
      const complete = connections.length >= least("connections") && messages >= least("messages") && ended >= least("ended");
      if (complete || Date.now() > end) return { connections, complete };
    }
  }

  /** The messages of each connection, read off the wire. */
  #received() {
    const found = new Map();
    for (const record of this.network.wire) {
      if (record.direction !== "to-server") continue;
      if (record.type === "request") found.set(record.connection, []);
      const received = found.get(record.connection);
      if (record.name === "text") received.push({ kind: "text", length: record.length, text: utf8.decode(record.plain) });
      if (record.name === "binary") received.push({ kind: "binary", length: record.length });
    }
    return [...found.values()].map((received) => ({ received }));
  }
}
