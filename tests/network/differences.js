// Where the emulated class differs from the standard's in a page, by the name of the case that shows it: why, and what the
// case notes instead. A difference that a case does not show any more fails it.

export const DIFFERENCES = {
  "isTrusted, and the class of each event": {
    reason: "only browsers can dispatch trusted events",
    expect: (note) => note.replaceAll("[true,true,", "[false,true,"),
  },
  "handshakes that fail: error, then close 1006": {
    reason: "only browsers can dispatch trusted events",
    expect: (note) => note.replaceAll('Event",true,', 'Event",false,'),
  },
};
