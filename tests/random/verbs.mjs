// Random calls of the application: each step is one call, and a check of its result.

import { weights } from "./chance.mjs";
import { lifetime } from "./options.mjs";
import { payload } from "./payloads.mjs";
import { Deliberate, world } from "./world.mjs";

const EVENTS = {
  steady: ["open", "message", "error", "close", "reconnecting", "discard", "drain"],
  strict: ["open", "message", "error", "close", "drain"],
};
const HANDLERS = ["open", "message", "error", "close"];
const isNamed = (cause, ...names) => cause instanceof DOMException && names.includes(cause.name);

/** What one message may be given beside its data. */
function wishes(life, message) {
  const { chance } = life;
  if (chance.is(0.5)) return undefined;
  // `messages.forEach(socket.send, socket)` passes a number.
  if (chance.is(0.03)) return 7;
  const chosen = {};
  if (chance.is(0.4)) chosen.track = true;
  if (chance.is(0.2)) chosen.transfer = true;
  if (chance.is(0.3)) {
    message.key = chance.pick(["a", "b", ""]);
    chosen.key = chance.is(0.8) ? message.key : { toString: () => (life.reenter("a key's toString"), message.key) };
  }
  if (chance.is(0.3)) chosen.ttl = chance.is(0.97) ? lifetime(chance) : chance.pick([0, -1, Number.NaN, 0.3]);
  message.session = chance.is(0.2);
  if (message.session) chosen.session = true;
  if (message.session && chance.is(0.3)) {
    Object.defineProperty(chosen, "session", {
      // The log must not query the socket.
      enumerable: false,
      get() {
        life.reenter("a getter");
        life.perhapsThrow("a getter", "never");
        return true;
      },
    });
  }
  return chosen;
}

/** Why `send` may throw. */
function sendMayThrow(life, account, message, chosen, cause) {
  if (cause instanceof Deliberate) return;
  if (account.kind === "strict") {
    if (isNamed(cause, "InvalidStateError") && account.socket.readyState === 0) return;
  } else {
    if (cause instanceof TypeError && typeof chosen === "object" && !(chosen.ttl >= 1)) return;
    if (isNamed(cause, "QuotaExceededError")) {
      const others = account.queued().filter(({ key }) => key === undefined || key !== message.key);
      const count = others.filter(({ stale }) => !stale).length;
      const bytes = others.filter(({ stale }) => !stale).reduce((sum, { size }) => sum + size, message.size);
      const { maxBytes, maxCount, overflow } = account.limits;
      const tooLarge = message.size > maxBytes || maxCount === 0;
      if (tooLarge || (overflow === "refuse" && (count >= maxCount || bytes > maxBytes))) return;
      // A message that a stream sent is not known to be queued.
      if (!account.counted) return;
      return `send throws, and ${count} messages of ${bytes - message.size} bytes are queued: ${cause.message}`;
    }
  }
  return `send (${message.kind}) throws ${cause?.stack ?? cause}`;
}

function send(life, account) {
  const { chance } = life;
  const { message, data } = payload(life, account);
  const chosen = account.kind === "strict" ? undefined : wishes(life, message);
  account.messages.push(message);
  const text = `send(${message.kind} ${message.id}, ${message.size} B${world.log && chosen !== undefined ? `, ${JSON.stringify(chosen)}` : ""})`;
  let returned = false;
  const sent = life.call(
    account,
    text,
    () => {
      const answer = chosen === undefined ? account.socket.send(data) : account.socket.send(data, chosen);
      returned = true;
      return answer;
    },
    (cause) => sendMayThrow(life, account, message, chosen, cause),
  );
  if (!returned) return account.refused(message);
  account.accepted(message, account.socket.readyState > 1);
  // A buffer that was handed over can not be changed.
  if (chance.is(0.5) && !chosen?.transfer) message.spoil?.();
  if (typeof chosen !== "object") {
    if (sent !== undefined) account.fail("send without options gives something back");
    return;
  }
  message.tracked = true;
  if (account.counted && sent.ticket !== message.ticket) account.fail(`ticket ${sent.ticket}, and ${message.ticket} were accepted before`);
  message.sent = sent;
  sent.fate.then((fate) => account.fated(message, fate));
}

function cancel(life, account) {
  const message = life.chance.pick(account.messages.filter(({ sent }) => sent));
  if (!message) return;
  const was = life.call(account, `cancel(${message.id})`, () => message.sent.cancel());
  if (typeof was !== "boolean") account.fail(`cancel() gives ${was}`);
  if (was) message.cancelled = true;
}

function close(life, account) {
  const { chance } = life;
  const codes = [undefined, undefined, 1000, 3000, 4999, 1001, { valueOf: () => (life.reenter("a code's valueOf"), 4000) }];
  const code = chance.pick(codes);
  const reasons = [undefined, "", "why", "é".repeat(80), { toString: () => (life.reenter("a reason's toString"), "so") }];
  const reason = chance.pick(reasons);
  const wrong = code === 1001 ? "InvalidAccessError" : reason?.length === 80 ? "SyntaxError" : undefined;
  const args = reason === undefined ? (code === undefined ? [] : [code]) : [code, reason];
  account.stirred = world.task;
  life.call(account, `close(${typeof code === "object" ? "{}" : (code ?? "")})`, () => account.socket.close(...args), (cause) => {
    if (!isNamed(cause, wrong)) return `close throws ${cause?.stack ?? cause}`;
  });
}

function terminate(life, account) {
  account.stirred = world.task;
  life.call(account, "terminate()", () => account.socket.terminate());
}

function reconnect(life, account) {
  const before = account.socket.readyState;
  account.stirred = world.task;
  let threw = false;
  life.call(account, "reconnect()", () => account.socket.reconnect(), (cause) => {
    threw = true;
    if (!isNamed(cause, "InvalidStateError")) return `reconnect throws ${cause?.stack ?? cause}`;
  });
  if (threw !== before > 1) account.fail(`reconnect() ${threw ? "throws" : "returns"} while readyState is ${before}`);
}

function newSession(life, account) {
  life.call(account, "newSession()", () => account.socket.newSession());
  for (const message of account.messages) message.stale ||= message.accepted && message.session;
}

function ready(life, account) {
  const promise = life.call(account, "ready()", () => account.socket.ready());
  if (promise) account.ready(promise);
}

function flushed(life, account) {
  const promise = life.call(account, "flushed()", () => account.socket.flushed());
  if (promise) account.flushed(promise);
}

/** Sends as much as causes pressure, and asks to go on. */
function press(life, account) {
  for (let count = 1 + life.chance.below(3); count; count--) send(life, account);
  ready(life, account);
}

/** Everything that can be asked. */
function look(life, account) {
  life.call(account, "attributes", () => {
    const { socket } = account;
    for (const name of ["url", "readyState", "protocol", "extensions", "binaryType", "bufferedAmount"]) socket[name];
    if (account.kind === "steady") {
      socket.lastFailure;
      socket.stats();
    }
    socket.binaryType = life.chance.pick(["blob", "arraybuffer", "nonsense"]);
  });
}

// ---- listeners -------------------------------------------------------------------------------------------

/** A listener that does what it likes. */
function listener(life, account, record) {
  return function hear(event) {
    const { type } = event;
    world.note(`${account.name}: a listener of ${type}${record.once ? " (once)" : ""}`);
    if (record.removed) account.fail(`a removed listener of ${type} is called`);
    if (record.once) record.removed = true;
    if (life.stopped === event) account.fail(`a listener of ${type} is called after stopImmediatePropagation`);
    if (event.target !== account.socket) account.fail(`${type} has another target`);
    if (type !== record.type) account.fail(`a listener of ${record.type} hears ${type}`);
    if (record.callback === hear && this !== account.socket) account.fail(`a listener of ${type} has another this`);
    life.reenter(`on ${type}`);
    if (life.calm) return;
    if (record.leaves && !record.removed) unlisten(life, account, record);
    if (record.stops) {
      life.stopped = event;
      event.stopImmediatePropagation();
    }
    if (record.prevents && type === "reconnecting") {
      account.stirred = world.task;
      event.preventDefault();
    }
    life.perhapsThrow(`a listener of ${type}`, "once");
  };
}

function listen(life, account) {
  const { chance } = life;
  const record = { type: chance.pick(EVENTS[account.kind]), capture: chance.is(0.3), once: chance.is(0.3) };
  record.stops = chance.is(0.1);
  record.prevents = chance.is(0.1);
  record.leaves = chance.is(0.1);
  const signal = chance.is(0.3) ? life.listenerSignal() : undefined;
  if (signal?.aborted) record.removed = true;
  record.signal = signal;
  const hear = listener(life, account, record);
  record.callback = chance.is(0.8) ? hear : { handleEvent: hear };
  const options = { capture: record.capture, once: record.once, ...(signal && { signal }) };
  account.listeners.push(record);
  life.call(account, `addEventListener(${record.type}${world.log ? `, ${JSON.stringify(options)}` : ""})`, () => {
    account.socket.addEventListener(record.type, record.callback, options);
  });
}

function unlisten(life, account, record = life.chance.pick(account.listeners)) {
  if (!record) return;
  life.call(account, `removeEventListener(${record.type})`, () => {
    // Node ignores a bare `true`.
    account.socket.removeEventListener(record.type, record.callback, { capture: record.capture });
  });
  record.removed = true;
}

function on(life, account) {
  const type = life.chance.pick(HANDLERS);
  const old = account.handlers[type];
  if (old) old.removed = true;
  const record = { type };
  record.callback = listener(life, account, record);
  const value = life.chance.pick([null, {}, record.callback, record.callback]);
  account.handlers[type] = record;
  life.call(account, `on${type} = ${typeof value}`, () => {
    account.socket[`on${type}`] = value;
  });
}

// ---- streams ---------------------------------------------------------------------------------------------

function write(life, account) {
  const writer = (account.writer ??= life.call(account, "writable", () => account.socket.writable.getWriter()));
  const message = life.message(account);
  const said = (message.text = `${message.id}|${"y".repeat(life.chance.below(30))}`);
  message.size = said.length;
  message.kind = "chunk";
  const chunk = {
    toString() {
      life.reenter("a chunk's toString");
      life.perhapsThrow("a chunk's toString", "never");
      account.messages.push(message);
      account.counted = false;
      message.order ??= account.order++;
      return said;
    },
  };
  account.chunks.push(message);
  world.note(`${account.name}: write(${message.id})`);
  let written;
  try {
    written = writer.write(chunk);
  } catch {
    // Node 20 fails an assertion of its own where a stream has ended.
    return;
  }
  account.expect(`write(${message.id})`, written, () => {
    message.accepted = true;
  });
}

function closeWriter(life, account) {
  if (!account.writer) return;
  const waited = [...account.undecided(), ...account.chunks];
  account.streamCloses = true;
  account.expect("writer.close()", account.writer.close(), () => {
    const lost = waited.find((message) => message.accepted && !message.silent && (message.reason || !message.left));
    if (lost) account.fail(`writable.close() resolves, and message ${lost.id} ${lost.reason ? `was lost (${lost.reason})` : "has not left"}`);
  });
}

function abortWriter(life, account) {
  if (!account.writer) return;
  account.stirred = world.task;
  account.streamCloses = true;
  account.expect("writer.abort()", account.writer.abort(new Error("abort")));
}

export function read(life, account) {
  if (!account.reader) {
    account.reader = life.call(account, "readable", () => account.socket.readable.getReader());
    // A listener that is being called now may be in it.
    account.read = account.arrived.length;
    if (account.arrivedIn === world.task) account.read = account.perhaps = account.read - 1;
  }
  account.expect("read()", account.reader.read(), ({ done, value }) => {
    if (done) {
      account.readEnd = "done";
      return;
    }
    const place = account.arrived.indexOf(value, account.read);
    const skips = account.inbound?.startsWith("drop") || account.perhaps === account.read;
    if (place < 0) account.fail("readable gives what did not arrive, or gives it twice");
    else if (place > account.read && !skips) account.fail(`readable leaves out ${place - account.read} messages`);
    account.read = place + 1;
  }, (cause) => {
    account.readEnd = `${cause}`;
  });
}

function cancelReader(life, account) {
  if (!account.reader) return;
  account.cancelled = true;
  account.stirred = world.task;
  account.streamCloses = true;
  account.expect("reader.cancel()", account.reader.cancel());
}

// ---- which -----------------------------------------------------------------------------------------------

const STRICT = weights([[send, 30], [close, 2], [terminate, 1], [ready, 4], [press, 2], [flushed, 6], [look, 3], [listen, 6], [unlisten, 2], [on, 3]]);
const STEADY = weights([
  ...STRICT.entries,
  [reconnect, 3],
  [newSession, 2],
  [cancel, 4],
  [write, 2],
  [closeWriter, 0.4],
  [abortWriter, 0.2],
  [read, 2],
  [cancelReader, 0.2],
]);

/** One call of the application's, to whichever socket. */
export function verb(life) {
  const { chance } = life;
  life.fuel--;
  if (chance.is(0.015)) return life.abort();
  if (chance.is(0.03)) return life.construct();
  const account = chance.pick(life.accounts);
  if (!account?.socket) return;
  chance.weighted(account.kind === "steady" ? STEADY : STRICT)(life, account);
}
