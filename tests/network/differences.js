// Where the emulated class differs from the standard's in a page, by the name of the case that shows it: why, in which
// browsers if not in all, and what the case notes instead. A difference that a case does not show any more fails it.

const NOT_TRUSTED = "only browsers can dispatch trusted events";

/** The members in Chromium's order. */
const MEMBERS =
  "url readyState bufferedAmount onopen onerror onclose extensions protocol onmessage binaryType CONNECTING OPEN CLOSING CLOSED close send constructor".split(" ");

/** Puts a list of all members into that order; what is inherited stays behind them. */
function inOrder(list) {
  if (!list.includes?.("bufferedAmount")) return list;
  return [...MEMBERS.filter((name) => list.includes(name)), ...list.filter((name) => !MEMBERS.includes(name))];
}

export const DIFFERENCES = {
  "isTrusted, and the class of each event": {
    reason: NOT_TRUSTED,
    expect: (note) => note.replaceAll("[true,true,", "[false,true,"),
  },
  "handshakes that fail: error, then close 1006": {
    reason: NOT_TRUSTED,
    expect: (note) => note.replaceAll('Event",true,', 'Event",false,'),
  },
  "own keys: order, and what is enumerable": {
    reason: "each browser's own class has an order of its own, and the emulated class that of Chromium",
    browsers: ["firefox", "webkit"],
    expect: (note) => JSON.stringify(JSON.parse(note).map(inOrder)),
  },
  "bufferedAmount keeps what never left": {
    reason: "WebKit hands everything to its network process at once",
    browsers: ["webkit"],
    expect: (note) => note.replace("[false,", "[true,"),
  },
  "the peer's close: its code, its reason": {
    reason: "Firefox accepts the code 1005 in a Close frame, which RFC 6455, section 7.4.1, forbids",
    browsers: ["firefox"],
    expect: (note) => note.replace('["code=1005",1005,"",true,["open","close"]]', '["code=1005",1006,"",false,["open","error","close"]]'),
  },
};
