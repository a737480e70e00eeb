// The virtual environment of the package: clock, timers, page, error reports. `install` replaces the globals; it must
// run before the package is imported.

/** Each life begins at this time: a package-wide clock must not tell a replayed life from the same life in a batch. */
const START = 10_000;
const LONGEST_TIMEOUT = 2 ** 31 - 1;
/** What a line of the log must not exceed. */
const WIDEST = 180;

class Page {
  hidden = false;
  #target;
  #listeners = [];

  constructor(target) {
    this.#target = target;
  }

  get count() {
    return this.#listeners.length;
  }

  listen(type, listener) {
    if (this.#listeners.some((one) => one.type === type && one.listener === listener)) return;
    this.#listeners.push({ type, listener });
  }

  unlisten(type, listener) {
    this.#listeners = this.#listeners.filter((one) => one.type !== type || one.listener !== listener);
  }

  emit(type, members) {
    for (const one of [...this.#listeners]) {
      if (one.type !== type || !this.#listeners.includes(one)) continue;
      world.guarded(() => one.listener.call(this.#target, { type, target: this.#target, currentTarget: this.#target, ...members }));
    }
  }
}

export const world = {
  now: START,
  /** Until when every timer that was due has rung. */
  rang: START,
  /** The wall clock less the monotonic one. */
  offset: 0,
  /** The same when the package last looked. */
  seenOffset: 0,
  timers: new Map(),
  made: 0,
  /** The number of the task that runs: microtasks belong to it. */
  task: 0,
  /** The calls into the package that are under way. Nothing may be dispatched during them. */
  inside: [],
  online: true,
  chance: undefined,
  failure: undefined,
  /** Lines of what happened, if somebody wants them. */
  log: undefined,
  page: undefined,
  document: undefined,

  /** Begins a life. */
  begin(chance, { posts, reports }) {
    Object.assign(world, { now: START, rang: START, offset: world.seenOffset, chance, failure: undefined, online: true });
    world.timers.clear();
    world.inside.length = 0;
    world.document.hidden = false;
    // A package that looks these up when it needs them must work with either kind of runtime.
    globalThis.scheduler = posts ? { postTask } : undefined;
    if (reports) globalThis.reportError = (cause) => world.report(cause, "reportError");
    else delete globalThis.reportError;
  },

  /** Holds nothing of the last life any more. */
  forget() {
    world.timers.clear();
    world.dialed = undefined;
  },

  note(text) {
    world.log?.push(`${`${world.now}`.padStart(8)} ${"  ".repeat(world.inside.length)}${text}`.slice(0, WIDEST));
  },

  /** The first failure counts. The code that finds it goes on, because it may be deep inside the package. */
  fail(text) {
    if (world.failure === undefined) world.note(`FAILED: ${text}`);
    world.failure ??= text;
  },

  /** An uncaught exception. */
  report(cause, how) {
    if (!(cause instanceof Deliberate)) return world.fail(`${how}: ${cause?.stack ?? cause}`);
    world.note(`reported (${how}): ${cause.where}`);
    if (++cause.reports > 1) world.fail(`reported twice: what was thrown in ${cause.where}`);
    if (cause.expected === "never") world.fail(`reported (${how}), though its caller got it: ${cause.where}`);
  },

  guarded(call) {
    try {
      call();
    } catch (cause) {
      world.report(cause, "uncaught");
    }
  },

  /** Ends the task: microtasks run, and what the runtime reports of its own accord. */
  async settle() {
    await new Promise(immediately);
    world.task++;
  },

  /** The time goes on, and timers ring. `late`: the clock is already there when the first of them does. */
  async advance(span, late) {
    const end = world.now + span;
    const begun = world.now;
    if (late) world.now = end;
    for (let rings = 0; ; rings++) {
      let next;
      for (const timer of world.timers.values()) if (timer.at <= end && !(timer.at >= next?.at)) next = timer;
      if (!next || world.failure) break;
      if (rings > 400 && world.now - begun < 100 && !late) return world.fail("busy timers: 400 rang in 100 ms");
      if (rings > 400) return;
      world.now = Math.max(world.now, next.at);
      world.timers.delete(next.id);
      world.note(next.posted ? "a posted task runs" : "a timer rings");
      world.guarded(next.call);
      await world.settle();
    }
    world.now = world.rang = Math.max(world.now, end);
  },

  /** Timeouts that can be taken back, and were not. */
  get timeouts() {
    return [...world.timers.values()].filter(({ posted }) => !posted).length;
  },

  /** A task of the world's own. */
  later(delay, call) {
    const id = ++world.made;
    world.timers.set(id, { id, at: world.now + delay, call, posted: true });
  },
};

/** What handlers throw on purpose. `expected`: whether the runtime is to report it: "once", "never" or "maybe". */
export class Deliberate {
  reports = 0;

  constructor(where, expected) {
    this.where = where;
    this.expected = expected;
  }

  toString() {
    return `thrown on purpose in ${this.where}`;
  }
}

const immediately = setImmediate;

function setTimeoutVirtually(call, delay = 0) {
  if (!(delay <= LONGEST_TIMEOUT)) world.fail(`setTimeout(…, ${delay}) overflows: it rings at once`);
  const id = ++world.made;
  world.timers.set(id, { id, at: world.now + Math.max(0, Math.trunc(delay)), call, posted: false });
  return id;
}

function postTask(call, { delay = 0 } = {}) {
  return new Promise((resolve, reject) => {
    world.later(delay, () => {
      try {
        resolve(call());
      } catch (cause) {
        reject(cause);
      }
    });
  });
}

export class CloseEvent extends Event {
  #members;

  constructor(type, { code = 0, reason = "", wasClean = false } = {}) {
    super(type);
    this.#members = { code, reason, wasClean };
  }

  get code() {
    return this.#members.code;
  }

  get reason() {
    return this.#members.reason;
  }

  get wasClean() {
    return this.#members.wasClean;
  }
}

/** Node's own costs more than all the rest of a life. */
export class Blob {
  #size;

  constructor(size) {
    this.#size = size;
  }

  get size() {
    return this.#size;
  }
}

export function install(natives) {
  world.page = new Page(globalThis);
  const document = {
    get hidden() {
      return world.document.hidden;
    },
    addEventListener: (type, listener) => world.document.listen(type, listener),
    removeEventListener: (type, listener) => world.document.unlisten(type, listener),
  };
  world.document = new Page(document);
  const globals = {
    document,
    navigator: { get onLine() { return world.online; } },
    performance: { now: () => world.now },
    addEventListener: (type, listener) => world.page.listen(type, listener),
    removeEventListener: (type, listener) => world.page.unlisten(type, listener),
    setTimeout: setTimeoutVirtually,
    clearTimeout: (id) => world.timers.delete(id),
    reportError: (cause) => world.report(cause, "reportError"),
    scheduler: { postTask },
    CloseEvent,
    Blob,
    ...natives,
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  Date.now = () => {
    world.seenOffset = world.offset;
    return world.now + world.offset;
  };
  Math.random = () => world.chance.next();
  console.warn = (...what) => world.note(`warned: ${what.join(" ")}`);
  process.on("uncaughtException", (cause) => world.report(cause, "uncaught"));
  process.on("unhandledRejection", (cause) => world.report(cause, "unhandled rejection"));
}
