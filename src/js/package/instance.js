// Makes the wasm's instance. By hand: the glue that wasm-bindgen writes knows much more than the numbers that go over
// our border, and a page would download it.

import { carry, install, release, say, take } from "../border.js";

const ours = {
  carry,
  release,
  say,
  take,
  // Objects do not go over it, so their table stays empty.
  __wbindgen_init_externref_table() {},
};

export { SteadyWebSocket, WebSocket } from "../socket.js";

export function start(module) {
  // Whatever the modules are called from which it imports.
  const imports = {};
  for (const { module: name } of WebAssembly.Module.imports(module)) imports[name] = ours;
  install(new WebAssembly.Instance(module, imports).exports);
}
