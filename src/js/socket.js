// The classes that JavaScript sees. They decide nothing: decisions are the core's.

/** The wasm instance's exports: `src/js/mod.rs`. Set before anyone can reach the classes. */
let core;

export function install(exports) {
  core = exports;
}

// Node 20 has no WebSocket, and importing this must not throw there.
const native = globalThis.WebSocket ?? EventTarget;

/** Minifiers rename classes. */
const named = (Class, value) => Object.defineProperty(Class, "name", { value, configurable: true });

export class WebSocket extends native {
  static {
    named(this, "WebSocket");
  }
}

export class SteadyWebSocket extends WebSocket {
  static {
    named(this, "SteadyWebSocket");
  }
}
