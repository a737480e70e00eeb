export * from "./index.js";

/** What the wasm can be made from. Without it, the file beside this module is fetched. */
export type Source = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/**
 * Compiles the wasm; the classes can be used once it has resolved.
 *
 * Calls after the first do nothing more. A rejected call may be made again.
 */
export function init(source?: Source | Promise<Source>): Promise<void>;

export default init;
