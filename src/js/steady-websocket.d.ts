// The package's types: `index.d.ts` beside `index.js`.

/** The browser's `WebSocket`, to the letter of the standard. */
export declare class WebSocket extends globalThis.WebSocket {}

/** How a {@link SteadyWebSocket} behaves. */
export interface SteadyOptions {}

/** A `WebSocket` that stays connected. */
export declare class SteadyWebSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[], options?: SteadyOptions);
}
