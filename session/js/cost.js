// What a message costs.

/** Returns the UTF-16 units of a text, or the bytes of anything else; at least 1. */
export const costOf = (data, bytes) => Math.max(1, typeof data === "string" ? data.length : bytes);
