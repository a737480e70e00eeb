export * from "./index.js";

/** `BufferSource | WebAssembly.Module`. The types of Node lack both; there it is bytes. */
type Wasm = typeof globalThis extends {
  WebAssembly: { compile(bytes: infer Bytes): unknown; Module: { prototype: infer Module } };
}
  ? Bytes | Module
  : ArrayBuffer | ArrayBufferView;

/** The source of the wasm. Default: the file beside this module, which is fetched. */
export type Source = string | URL | Request | Response | Wasm;

/**
 * Compiles the wasm. The classes can be used once the promise has resolved.
 *
 * Later calls have no further effect. After a rejection it may be called again.
 */
export function init(source?: Source | Promise<Source>): Promise<void>;

export default init;
