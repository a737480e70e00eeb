// What the published scripts mention without needing it.

/** Features that the package works without, and what it does then. */
export const OPTIONAL = {
  "api.CloseEvent": "an Event with the same members (src/js/events.js)",
  "api.CloseEvent.CloseEvent": "the same",
  "api.reportError": "the exception is thrown in a microtask (src/js/events.js)",
  "api.scheduler": "a timeout (src/js/clock.js)",
  "api.Scheduler.postTask": "the same",
  "api.structuredClone": "only a message with the option `transfer` throws (src/js/convert.js)",
  "api.WritableStream": "only a steady socket's `writable` throws (src/js/streams.js)",
  "api.WritableStream.WritableStream": "the same",
  "api.Window.document": "no page events (src/js/page.js)",
  "api.Window.location": "addresses are absolute (src/js/address.js)",
  "api.Window.navigator": "the machine counts as online (src/js/page.js)",
  "api.MessageChannel": "setImmediate (network/js/platform.js)",
  "api.Window.setImmediate": "MessageChannel (network/js/platform.js)",
  "javascript.builtins.Symbol.dispose": "wasm-bindgen's classes have no `[Symbol.dispose]()`",
  "javascript.builtins.ArrayBuffer.detached": "wasm-bindgen compares the buffer with the memory's",
};

/** Free names that no browser has. */
export const ELSEWHERE = {
  process: "tells Node and Deno from browsers (src/js/socket.js)",
};

/** Members of our own objects, named like a platform's newer ones. */
export const OURS = new Set(["adopt", "bytes", "cause", "defer", "transfer"]);
