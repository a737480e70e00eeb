import type { WebSocket } from "./index.js";

export * from "./index.js";

/**
 * What has happened to a socket of this module's classes so far, as text: its configuration, then a line for each
 * input with its time. Payloads are not in it, but their lengths, addresses and close reasons are.
 */
export declare function trace(socket: WebSocket): string;

/**
 * What a socket does when all this happens to it: the same text, with the effects beneath each input.
 *
 * @throws SyntaxError naming the line, if it is no trace.
 */
export declare function replay(trace: string): string;
