// A random configuration of a steady socket, with the application's callbacks.

import { world } from "./world.mjs";

const SPANS = [2, 10, 50, 200, 1_000, 4_000];

/** An outcome of one of the application's functions: at once or later, good or bad, or none. */
const OUTCOMES = ["value", "value", "value", "throw", "promise", "rejection", "late", "late", "late rejection", "never"];

/**
 * Acts as the application's function `where` does: reenters, then answers `value()` or throws in one of many ways. `how`
 * says whether an error is to be reported; `settled` hears whether it went well.
 */
function behave(life, account, where, value, how, settled = () => {}) {
  if (world.inside.length) world.fail(`${where} is called inside ${world.inside.join(" in ")}`);
  const outcome = life.calm ? "value" : life.chance.pick(OUTCOMES);
  world.note(`${where} is called: ${outcome}`);
  life.reenter(where);
  const bad = (late) => {
    settled(false);
    return Object.assign(life.thrown(where, how(late)), { account, task: world.task });
  };
  const good = () => {
    settled(true);
    return value();
  };
  if (outcome === "value") return good();
  if (outcome === "throw") throw bad(false);
  if (outcome === "promise") return Promise.resolve(good());
  if (outcome === "rejection") return Promise.reject(bad(false));
  if (outcome === "never") return new Promise(() => {});
  return new Promise((resolve, reject) => {
    life.deferred.push(() => {
      world.note(`${where}: ${outcome}`);
      if (outcome === "late") resolve(good());
      else reject(bad(true));
    });
  });
}

/** Each socket has its own address, so that its connections can be identified. */
export function address(life, account) {
  const { chance } = life;
  const forbidden = () => (chance.is(0.02) ? "forbidden" : "");
  const fixed = `ws://peer/${account.id}/${forbidden()}`;
  if (chance.is(0.7)) return fixed;
  return (attempt) => {
    account.backBy = undefined;
    return behave(life, account, "url()", () => `ws://peer/${account.id}/${forbidden()}?${attempt}`, () => "never");
  };
}

export function protocols(life, account) {
  const { chance } = life;
  if (chance.is(0.8)) return undefined;
  if (chance.is(0.5)) return ["chat"];
  return () => {
    account.backBy = undefined;
    return behave(life, account, "protocols()", () => "chat", () => "never");
  };
}

function gate(life, account) {
  account.gated = true;
  return ({ send, socket, attempt }) => {
    const { line } = account;
    if (socket !== account.socket) world.fail("beforeFlush is given another socket");
    if (!line.told) world.fail("beforeFlush is called before open was dispatched");
    line.gate = "running";
    const isOpen = () => account.line === line && line.isLive && socket.readyState === 1;
    const speak = () => {
      const was = isOpen();
      life.call(account, "gate.send", () => send(`gate${attempt}`), (cause) => {
        if (was) return "gate.send throws on an open connection";
        if (!(cause instanceof DOMException)) return `gate.send throws ${cause}`;
      });
    };
    if (life.chance.is(0.7)) speak();
    const how = (late) => (!late && isOpen() && account.stirred !== world.task ? "once" : "maybe");
    return behave(life, account, "beforeFlush", () => {}, how, (well) => {
      if (life.chance.is(0.2)) speak();
      if (well) line.gate = "open";
    });
  };
}

function heartbeat(life, account) {
  const { chance } = life;
  const options = { interval: chance.pick([20, 100, 1_000]), timeout: chance.pick([10, 100, 500]) };
  const kind = chance.below(5);
  if (kind === 0) account.emptyPings = true;
  if (kind === 1) options.message = "ping";
  if (kind === 2) options.message = life.directBlob();
  if (kind > 2) {
    options.message = () => {
      if (world.inside.length) world.fail(`heartbeat.message is called inside ${world.inside.join(" in ")}`);
      life.reenter("heartbeat.message");
      life.perhapsThrow("heartbeat.message", "once");
      return kind === 3 ? "ping" : { toString: () => (life.reenter("a heartbeat's toString"), "ping") };
    };
  }
  if (chance.is(0.6)) {
    options.isReply = (data) => {
      if (world.inside.length) world.fail(`isReply is called inside ${world.inside.join(" in ")}`);
      life.reenter("isReply");
      life.perhapsThrow("isReply", "once");
      return `${data}`.startsWith("pong");
    };
  }
  return options;
}

function queue(chance) {
  const options = {};
  if (chance.is(0.5)) options.maxBytes = chance.pick([0, 30, 200, 2_000]);
  if (chance.is(0.5)) options.maxCount = chance.pick([0, 1, 3, 10]);
  if (chance.is(0.7)) options.overflow = chance.pick(["refuse", "drop-oldest", "drop-newest"]);
  if (chance.is(0.5)) options.ttl = lifetime(chance);
  return options;
}

export const lifetime = (chance) => (chance.is(0.85) ? chance.pick(SPANS) : chance.pick([2 ** 31 - 1, 2 ** 31, 1e12, Infinity]));

function backoff(chance) {
  const first = chance.pick([1, 10, 100]);
  const options = { first, floor: chance.pick([0, 1]), ceiling: first * chance.between(1, 20), growth: chance.pick([1, 1.15, 2, 3]) };
  if (chance.is(0.5)) options.jitter = chance.pick(["full", "equal", "decorrelated", "none"]);
  if (chance.is(0.15)) options.attempts = chance.between(0, 4);
  if (chance.is(0.5)) options.stableAfter = chance.pick([0, 10, 500]);
  if (chance.is(0.5)) Object.assign(options, { restartFloor: chance.pick([0, 100]), busyFloor: chance.pick([0, 500]) });
  return options;
}

export function options(life, account) {
  const { chance } = life;
  const chosen = {};
  Object.assign(account, { high: 1 << 20, low: 1 << 18 });
  if (chance.is(0.6)) {
    account.high = chance.pick([0, 20, 100, 500]);
    account.low = chance.pick([0, account.high >> 2, account.high]);
    chosen.highWaterMark = account.high;
    chosen.lowWaterMark = account.low;
  } else if (chance.is(0.05)) {
    chosen.highWaterMark = account.high = 1_000;
    // The other mark follows; the package decides by how much.
    account.low = 1_000;
  }
  if (chance.is(0.5)) chosen.connectTimeout = chance.pick([50, 300, 2_000]);
  if (chance.is(0.5)) chosen.closeTimeout = chance.pick([50, 300, 2_000]);
  account.connectTimeout = chosen.connectTimeout ?? 10_000;
  account.closeTimeout = chosen.closeTimeout ?? 5_000;
  if (chance.is(0.8)) chosen.backoff = backoff(chance);
  if (chance.is(0.6)) chosen.queue = queue(chance);
  if (chance.is(0.3)) chosen.heartbeat = heartbeat(life, account);
  if (chance.is(0.3)) chosen.beforeFlush = gate(life, account);
  if (chance.is(0.3)) {
    const answers = [true, true, false, undefined, 0, 50, 3_000, -1, Number.NaN];
    const how = (late) => (!late && account.stirred !== world.task ? "once" : "maybe");
    chosen.retry = () => {
      account.askedAt = world.now;
      return behave(life, account, "retry", () => (life.calm ? undefined : chance.pick(answers)), how);
    };
  }
  if (chance.is(0.15)) {
    chosen.inbound = { maxCount: chance.pick([0, 1, 3]), overflow: chance.pick(["close", "drop-oldest", "drop-newest"]) };
    account.inbound = chosen.inbound.overflow;
  }
  if (chance.is(0.35)) {
    account.controller = life.controller();
    chosen.signal = account.controller.signal;
  }
  account.limits = { maxBytes: 16 << 20, maxCount: 1 << 20, overflow: "refuse", ...chosen.queue };
  return chosen;
}
