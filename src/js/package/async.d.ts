export * from "./index.js";

/** The source of the wasm. Default: the file beside this module, which is fetched. */
export type Source = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/**
 * Compiles the wasm. The classes can be used once the promise has resolved.
 *
 * Later calls have no further effect. After a rejection it may be called again.
 */
export function init(source?: Source | Promise<Source>): Promise<void>;

export default init;
