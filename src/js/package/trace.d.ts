import type { WebSocket } from "./index.js";

export * from "./index.js";

/**
 * Returns the trace of a socket of this module's classes: its configuration, then one line per input with its time.
 * Contains addresses, close reasons and the lengths of payloads, but no payloads.
 */
export declare function trace(socket: WebSocket): string;

/**
 * Replays a trace. Returns the same text with the effects beneath each input.
 *
 * @throws SyntaxError if the text is not a trace. The message names the line.
 */
export declare function replay(trace: string): string;
