// Runs the stories against the native class and ours. README.md describes the language.

export const FILES = ["strict", "steady", "queue", "flush", "callbacks", "failures"];

/** Which tags each shell reads; a line without one is for all. */
const TAGS = { native: ["JavaScript"], ours: ["JavaScript", "ours"], Rust: ["Rust", "ours"] };
const STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];
/** How long a story waits for what it expects. */
const PATIENCE = 20_000;

/** Once for each value, if the story begins with `for each`. */
function repeat({ title, lines }) {
  const [, name, values] = /^for each (\$\w+): (.*)$/.exec(lines[0]?.text) ?? [];
  if (!name) return [{ title, lines }];
  return values.split(" ").map((value) => {
    const fill = (text) => text.replaceAll(name, value);
    return {
      title: title.includes(name) ? fill(title) : `${title}: ${value}`,
      lines: lines.slice(1).map(({ text, at }) => ({ text: fill(text), at })),
    };
  });
}

export function parse(file, content) {
  const stories = [];
  content.split("\n").forEach((text, index) => {
    if (!text || text.startsWith("#")) return;
    if (text.startsWith("story: ")) stories.push({ title: text.slice(7), lines: [] });
    else stories.at(-1).lines.push({ text, at: `${file}.txt, line ${index + 1}` });
  });
  return stories.flatMap(repeat);
}

const has = ({ lines }, line) => lines.some(({ text }) => text === line);
export const isStrict = ({ lines }) => lines.some(({ text }) => text.startsWith("open strict"));
export const needsDocument = (story) => has(story, "needs a document");

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** What a promise resolves to, unless that takes too long. */
const patiently = (promise) => Promise.race([promise, pause(PATIENCE).then(() => "nothing")]);
const ended = ({ code, reason, wasClean }) => `${code}${reason && ` "${reason}"`} ${wasClean ? "clean" : "unclean"}`;

/** The word for an exception of a method. */
function refusal({ name, message }, socket) {
  switch (name) {
    case "InvalidStateError":
      return socket.readyState === 0 ? "connecting" : "closed";
    case "InvalidAccessError":
      return "code";
    case "SyntaxError":
      return socket ? "reason" : "address";
    case "QuotaExceededError":
      return message.includes("larger") ? "too large" : /queue\.(\w+)/.exec(message)[1];
    default:
      return `${name}: ${message}`;
  }
}

/** What happened and has not been expected yet, in order. */
class Feed {
  #entries = [];
  #notify = () => {};

  push(entry) {
    this.#entries.push(entry);
    this.#notify();
  }

  get left() {
    return this.#entries;
  }

  async next() {
    if (!this.#entries.length) await patiently(new Promise((resolve) => { this.#notify = resolve; }));
    return this.#entries.shift() ?? "nothing";
  }
}

class Runner {
  /** Events and callbacks, and messages: in Rust two streams, so their relative order is not compared. */
  #events = new Feed();
  #messages = new Feed();
  #last = "";
  #options = { backoff: { first: 60_000, ceiling: 60_000, floor: 1, growth: 1, jitter: "none" } };
  #protocols = [];
  #addresses;
  /** What each callback does, call by call; the last entry is used for all further calls. */
  #answers = { beforeFlush: [], retry: [] };
  #givesUp = false;
  #ignored = [];
  #flushes = [];
  #ready = [];
  #closing;
  #tickets = [];

  constructor(t, Steady, story, shell) {
    this.t = t;
    this.Steady = Steady;
    this.usesSink = has(story, "close the sink");
    this.lines = story.lines.flatMap(({ text, at }) => {
      const [, tag, rest] = /^\[(.*?)\] (.*)$/.exec(text) ?? [, , text];
      if (tag && !Object.values(TAGS).flat().includes(tag)) throw new Error(`${at}: unknown: ${text}`);
      return !tag || TAGS[shell].includes(tag) ? [{ text: rest, at }] : [];
    });
  }

  async run() {
    let refused;
    for (const { text, at } of this.lines) {
      const fail = (actual) => {
        throw new Error(`${at}: "${text}" was expected, and it was "${actual}"; next: ${JSON.stringify([...this.#events.left, ...this.#messages.left])}`);
      };
      if (text.startsWith("refused: ")) {
        if (text !== refused) fail(refused);
        refused = undefined;
        continue;
      }
      if (refused) fail(refused);
      const expected = this.#expected(text);
      if (expected === undefined) {
        refused = this.#do(text, at);
        continue;
      }
      const actual = await patiently(expected);
      if (actual !== text) fail(actual);
    }
    if (refused) throw new Error(refused);
    if (!this.socket) return;
    if (!this.#last.startsWith("event close")) throw new Error("The story goes on.");
    await pause(0);
    const left = [...this.#events.left, ...this.#messages.left];
    if (left.length) throw new Error(`not in the story: ${JSON.stringify(left)}`);
  }

  // ---- lines that expect something: what the line should be; `undefined` for other lines -----------------

  #expected(text) {
    const { socket } = this;
    if (/^(event|callback) /.test(text)) return this.#events.next().then((entry) => (this.#last = entry));
    if (text.startsWith("message ")) return this.#messages.next();
    if (/^(not )?flushed/.test(text)) return this.#flushes.shift();
    if (/^(not )?ready/.test(text)) return this.#ready.shift();
    if (text.startsWith("sink ")) return this.#closing;
    if (text.startsWith("state ")) return `state ${STATES[socket.readyState]}`;
    if (text.startsWith("protocol ")) return `protocol "${socket.protocol}"`;
    if (text.startsWith("buffered ")) return `buffered ${socket.bufferedAmount}`;
    if (text.startsWith("last failure: ")) return `last failure: ${this.#failure()}`;
    const [, connection] = /^connection (\d+) received /.exec(text) ?? [];
    if (connection) return this.#received(+connection);
    if (text.startsWith("server ")) return this.#serve(text).then(() => text);
  }

  #failure() {
    const { lastFailure } = this.socket;
    return lastFailure ? `${lastFailure.cause} in phase ${lastFailure.phase}` : "none";
  }

  async #received(connection) {
    const { connections } = await this.t.control("GET", `/log?connections=${connection}&ended=${connection}`);
    const data = connections[connection - 1].received.filter(({ kind }) => kind === "text" || kind === "binary");
    const shown = data.map(({ kind, text, length }) => (kind === "text" ? `"${text}"` : `${length} bytes`));
    return `connection ${connection} received ${shown.join(" ") || "nothing"}`;
  }

  async #serve(text) {
    const [, path] = /^server answers next with (\S+)$/.exec(text) ?? [];
    if (path) await this.t.control("POST", `/mode?n=1&path=${encodeURIComponent(path)}`);
    else if (text === "server kills the connection") await this.t.control("POST", "/kill");
    else throw new Error(`unknown: ${text}`);
  }

  // ---- lines that do something: none of them waits ------------------------------------------------------

  #do(text, at) {
    for (const [pattern, run] of VERBS) {
      const found = pattern.exec(text);
      if (!found) continue;
      try {
        const refused = run.call(this, ...found.slice(1));
        return refused && `refused: ${refused}`;
      } catch (cause) {
        return `refused: ${refusal(cause, this.socket)}`;
      }
    }
    throw new Error(`${at}: unknown: ${text}`);
  }

  option(name, value) {
    const [group, field] = name.split(".");
    if (name === "backoff") Object.assign(this.#options.backoff, { first: +value, ceiling: +value });
    else if (name === "protocols") this.#protocols = value.slice(1, -1).split('" "');
    else if (name === "address") (this.#addresses ??= []).push(value);
    else if (name === "beforeFlush" || name === "retry") this.#answers[name].push(value);
    else if (name === "reconnecting") this.#givesUp = true;
    else if (name === "drain") this.#ignored.push("drain");
    else if (name === "messages") this.isUnread = true;
    else if (name === "heartbeat") (this.#options.heartbeat ??= {}).message = JSON.parse(value);
    else if (name === "heartbeat.reply") this.#options.heartbeat.isReply = (data) => data === JSON.parse(value);
    else if (field) (this.#options[group] ??= {})[field] = Number.isNaN(+value) ? value : +value;
    else this.#options[name] = +value;
  }

  open(kind, path) {
    this.socket = undefined;
    const to = path?.startsWith('"') ? JSON.parse(path) : path && this.t.url(path);
    const isSteady = kind === "steady";
    const socket = isSteady
      ? new this.Steady(this.#addresses ? this.#provider() : to, this.#protocols, this.#callbacks())
      : new this.t.Class(to, this.#protocols);
    this.socket = this.t.keep(socket);
    socket.binaryType = "arraybuffer";
    const listen = (type, show = () => type) => {
      if (this.#ignored.includes(type)) return;
      socket.addEventListener(type, (event) => this.#events.push(`event ${show(event)}`));
    };
    for (const type of ["open", "error", "drain"]) listen(type);
    listen("close", (event) => `close: ${ended(event)}`);
    listen("reconnecting", (event) => {
      if (this.#givesUp) event.preventDefault();
      const doubt = event.inDoubt ? `, ${event.inDoubt} in doubt` : "";
      return `reconnecting to attempt ${event.attempt} in ${event.delay} ms: ${ended(event)}, ${this.#failure()}${doubt}`;
    });
    socket.addEventListener("discard", ({ messages }) => {
      for (const { ticket, data, reason } of messages) this.#events.push(`event discard of ${ticket} "${data}": ${reason}`);
    });
    if (this.isUnread) void socket.readable;
    else socket.addEventListener("message", ({ data }) => this.#messages.push(`message ${shown(data)}`));
    if (this.usesSink) this.writer = socket.writable.getWriter();
  }

  #answer(answers) {
    return answers.length > 1 ? answers.shift() : answers[0];
  }

  #provider() {
    return async () => {
      this.#events.push("callback address");
      const answer = this.#answer(this.#addresses);
      if (answer === "fail") throw new Error("no address");
      if (answer === "never") return new Promise(() => {});
      return answer.startsWith('"') ? JSON.parse(answer) : this.t.url(answer);
    };
  }

  #callbacks() {
    const { beforeFlush, retry } = this.#answers;
    const options = { ...this.#options };
    if (beforeFlush.length) {
      options.beforeFlush = async ({ send, socket, attempt }) => {
        this.#events.push(`callback beforeFlush: attempt ${attempt}`);
        const answer = this.#answer(beforeFlush);
        if (answer === "fail") throw new Error("not let in");
        if (answer === "never") return new Promise(() => {});
        if (answer === "new session") socket.newSession();
        if (answer.startsWith("send ")) send(JSON.parse(answer.slice(5)));
      };
    }
    if (retry.length) {
      options.retry = (closure) => {
        this.#events.push(`callback retry: ${ended(closure)}`);
        const answer = this.#answer(retry);
        if (answer === "throw") throw new Error("thrown on purpose");
        return { again: true, stop: false }[answer] ?? (answer.startsWith("in ") ? +answer.split(" ")[1] : undefined);
      };
    }
    return options;
  }

  send(data, options) {
    const sent = this.socket.send(data, options);
    if (sent) this.#tickets.push(sent);
  }

  flush() {
    this.#flushes.push(this.socket.flushed().then(
      () => "flushed",
      ({ ticket, reason }) => `not flushed: ${ticket} ${reason}`,
    ));
  }

  waitUntilReady() {
    this.#ready.push(this.socket.ready().then(() => "ready", (cause) => `not ready: ${refusal(cause, this.socket)}`));
  }

  closeSink() {
    this.#closing = this.writer.close().then(
      () => "sink closed",
      ({ ticket, reason }) => `sink failed: ${ticket} ${reason}`,
    );
  }

  cancel(ticket) {
    const sent = this.#tickets.find((one) => one.ticket === ticket);
    if (!sent.cancel()) return "not queued";
  }
}

const shown = (data) => (typeof data === "string" ? `"${data}"` : `bytes ${[...new Uint8Array(data)].join(" ")}`);

/** The events of a page that a test cannot bring about. */
function page(type, online) {
  if (online) delete navigator.onLine;
  else if (online === false) Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
  dispatchEvent(online === undefined ? new PageTransitionEvent(type, { persisted: true }) : new Event(type));
}

/** Each is called on the runner. */
const VERBS = [
  [/^with (\S+) (.*)$/, function (name, value) { this.option(name, value); }],
  [/^needs a document$/, () => {}],
  [/^open (\w+)(?: (\S+))?$/, function (kind, path) { this.open(kind, path); }],
  [/^send "([^"]*)"(?: with key "(\w+)")?(?: with ttl (\d+))?( for this session)?$/, function (text, key, ttl, session) {
    const options = { track: true, key, ttl: ttl && +ttl, session: Boolean(session) };
    this.send(text, this.socket instanceof this.Steady ? options : undefined);
  }],
  [/^send bytes ([\d ]+)$/, function (bytes) { this.send(new Uint8Array(bytes.split(" "))); }],
  [/^send (\d+) bytes$/, function (count) { this.send(new Uint8Array(+count)); }],
  [/^write "([^"]*)"$/, function (text) { void this.writer.write(text).catch(() => {}); }],
  [/^close the sink$/, function () { this.closeSink(); }],
  [/^close (\d+)(?: "([^"]*)")?$/, function (code, reason) { this.socket.close(+code, reason); }],
  [/^terminate$/, function () { this.socket.terminate(); }],
  [/^reconnect$/, function () { this.socket.reconnect(); }],
  [/^new session$/, function () { this.socket.newSession(); }],
  [/^cancel (\d+)$/, function (ticket) { return this.cancel(+ticket); }],
  [/^flush$/, function () { this.flush(); }],
  [/^wait until ready$/, function () { this.waitUntilReady(); }],
  [/^page goes offline$/, () => { page("offline", false); }],
  [/^page goes online$/, () => { page("online", true); }],
  [/^page enters the back\/forward cache$/, () => { page("pagehide"); }],
  [/^page leaves the back\/forward cache$/, () => { page("pageshow"); }],
];

/** Runs one story. `t` is a case of the harness, `shell` is "native" or "ours". */
export const run = (t, Steady, story, shell) => new Runner(t, Steady, story, shell).run();
