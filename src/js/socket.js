// The classes that JavaScript sees. They decide nothing: decisions are the core's.

/** The wasm instance's exports: `src/js/mod.rs`. Set before anyone can reach the classes. */
let core;

export function install(exports) {
  core = exports;
}

// Looked up at use: Node 20 has no WebSocket, and importing this must not throw there.
const native = globalThis.WebSocket;

export class WebSocket extends (native ?? EventTarget) {}

export class SteadyWebSocket extends WebSocket {}
