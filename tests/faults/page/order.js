// Which events may follow which, by DESIGN.md, "The two classes". A trace is a list of `{ type, state, clean }`; the
// result lists the violations.

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

function read(trace, rules) {
  const wrong = [];
  const now = { open: false, over: false, failed: false, closing: false };
  trace.forEach((event, at) => {
    const say = (what) => wrong.push(`${what} (event ${at + 1}, ${event.type})`);
    if (now.over) return say("after close");
    if (now.failed && event.type !== "close") say("between error and close");
    rules[event.type]?.(event, now, say);
  });
  return wrong;
}

const open = (event, now, say) => {
  if (now.open) say("open already");
  if (event.state !== OPEN) say(`readyState ${event.state} in open`);
  now.open = true;
};
const message = (event, now, say) => {
  if (!now.open) say("not open");
};
const close = (event, now, say) => {
  if (event.state !== CLOSED) say(`readyState ${event.state} in close`);
  if (now.failed && event.clean) say("an error before a clean close");
  now.over = true;
  now.open = false;
};
const error = (event, now) => {
  now.failed = true;
};
const asked = (event, now) => {
  now.closing = true;
};

const strict = {
  open(event, now, say) {
    if (now.ever) say("open twice");
    now.ever = true;
    open(event, now, say);
  },
  message,
  error,
  close,
  reconnecting: (event, now, say) => say("a strict socket does not reconnect"),
  discard: (event, now, say) => say("a strict socket discards nothing"),
};

const steady = {
  open,
  message,
  error,
  asked,
  reconnecting(event, now, say) {
    if (now.closing) say("reconnecting after close()");
    if (event.state !== CONNECTING) say(`readyState ${event.state} in reconnecting`);
    now.open = false;
  },
  close(event, now, say) {
    if (!event.clean && !now.failed) say("an unclean close without an error");
    close(event, now, say);
  },
};

/** Events and messages are two streams there: each has an order of its own, and messages may be read late. */
const rust = {
  open(event, now, say) {
    if (now.open) say("open already");
    now.open = now.ever = true;
  },
  message(event, now, say) {
    if (now.exhausted) say("a message after the last");
    if (!now.ever) say("never open");
  },
  exhausted(event, now) {
    now.exhausted = true;
  },
  reconnecting(event, now, say) {
    if (now.closing) say("reconnecting after close()");
    now.open = false;
  },
  missed: (event, now, say) => say("events were missed"),
  asked,
  // The stream of messages may be read to its end after the close event.
  close(event, now, say) {
    if (now.closed) say("closed twice");
    now.closed = true;
  },
};

/** Libraries that fire `close` and `error` at every loss: all that is asked is that open and message fit together. */
const peer = {
  open(event, now, say) {
    if (now.open) say("open already");
    now.open = true;
  },
  message,
  close(event, now) {
    now.open = false;
  },
};

const rules = { strict, steady, rust, peer };

/** What is wrong with the order of a socket's events. */
export const wrongOrder = (kind, trace) => read(trace, rules[kind]);
