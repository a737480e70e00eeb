// "steady-websocket/async": the wasm is a separate file, compiled while it downloads.

import { installLater } from "../core.js";
import { explain } from "./explain.js";
import { start as instantiate } from "./instance.js";

export { SteadyWebSocket, WebSocket } from "./instance.js";

installLater(() => {
  throw new Error("steady-websocket: wait for init() before the first socket.");
});

let ready;

/** Compiles the wasm, by default the file beside this one. Only the first call does; after a failure it can be repeated. */
export function init(source) {
  return (ready ??= start(source).catch((cause) => {
    ready = undefined;
    throw cause;
  }));
}

export { init as default };

async function start(source) {
  const input = (await source) ?? new URL("steady_websocket_bg.wasm", import.meta.url);
  const asked = typeof input === "string" || input instanceof URL || input instanceof Request;
  const given = asked ? await fetch(input) : input;
  if (given instanceof Response && !given.ok) throw new Error(`steady-websocket: ${given.url} answered ${given.status}`);
  try {
    instantiate(await compile(given));
  } catch (cause) {
    throw explain(cause);
  }
}

async function compile(input) {
  if (input instanceof WebAssembly.Module) return input;
  if (!(input instanceof Response)) return WebAssembly.compile(input);
  // `compileStreaming` requires the media type, which many static servers do not send.
  return input.headers.get("content-type") === "application/wasm"
    ? WebAssembly.compileStreaming(input)
    : WebAssembly.compile(await input.arrayBuffer());
}
