// Makes the wasm's instance. By hand: the glue that wasm-bindgen writes knows much more than the numbers that go over
// our border, and a page would download it.

import * as border from "../border.js";

const ours = {
  ...border,
  // Objects do not go over it, so their table stays empty.
  __wbindgen_init_externref_table() {},
};

export { SteadyWebSocket, WebSocket } from "../socket.js";

export function start(module) {
  // Whatever the modules are called from which it imports.
  const imports = {};
  for (const { module: name } of WebAssembly.Module.imports(module)) imports[name] = ours;
  border.install(new WebAssembly.Instance(module, imports).exports);
}
