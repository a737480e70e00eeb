// Messages as they cross the wire, and what they cost.

/** U+0010: what every control frame begins with. A literal would stand in the bundle as it is. */
export const MARK = JSON.parse('"\\u0010"');

/** The code of {@link MARK}. */
export const DLE = 16;

/** Returns a message as it goes on the wire. */
export const escaped = (data) => (typeof data === "string" && data.startsWith(MARK) ? MARK + data : data);

/** Returns the UTF-16 units of a text, or the bytes of anything else; at least 1. */
export const costOf = (data, bytes) => Math.max(1, typeof data === "string" ? data.length : bytes);
