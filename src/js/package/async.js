// "steady-websocket/async": the wasm is a file of its own, compiled while it arrives.

import { explain } from "./explain.js";
import { start as instantiate } from "./instance.js";

export { SteadyWebSocket, WebSocket } from "./instance.js";

let ready;

/** Compiles the wasm once; a failed attempt may be made again. Without `source`, the file beside this one. */
export function init(source) {
  return (ready ??= start(source).catch((cause) => {
    ready = undefined;
    throw explain(cause);
  }));
}

export { init as default };

async function start(source) {
  const input = (await source) ?? new URL("steady_websocket_bg.wasm", import.meta.url);
  const asked = typeof input === "string" || input instanceof URL || input instanceof Request;
  instantiate(await compile(asked ? await fetch(input) : input));
}

async function compile(input) {
  if (input instanceof WebAssembly.Module) return input;
  if (!(input instanceof Response)) return WebAssembly.compile(input);
  if (!input.ok) throw new Error(`steady-websocket: ${input.url} answered ${input.status}`);
  // Streaming insists on the media type, which many a static server does not know.
  return input.headers.get("content-type") === "application/wasm"
    ? WebAssembly.compileStreaming(input)
    : WebAssembly.compile(await input.arrayBuffer());
}
