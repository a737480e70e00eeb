// Encoding and cost of messages.

/** U+0010, the first character of every control frame. Parsed, because bundlers would write a literal unescaped. */
export const MARK = JSON.parse('"\\u0010"');

/** The code unit of {@link MARK}. */
export const DLE = 16;

/** Returns a message as it is sent: a text that looks like a control frame is escaped. */
export const escaped = (data) => (typeof data === "string" && data.charCodeAt(0) === DLE ? MARK + data : data);

/** Returns a message's cost: UTF-16 code units of a text, otherwise bytes; at least 1. */
export const costOf = (data, bytes) => Math.max(1, typeof data === "string" ? data.length : bytes);

/** Returns a message to send, with its options. All have the same members, so that engines can read them quickly. */
export const outgoing = (payload, bytes, rules) => ({
  payload,
  bytes,
  cost: costOf(payload, bytes),
  rules,
  /** Its numbers in the socket and in the session. */
  ticket: 0,
  number: 0,
  sent: false,
  expires: undefined,
  /** Why it was dropped. */
  dropped: undefined,
  resolve: undefined,
  cancel: undefined,
});
