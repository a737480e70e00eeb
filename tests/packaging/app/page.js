import * as sync from "steady-websocket";
import * as later from "steady-websocket/async";
import { probe } from "./probe.js";

function ask(target, url) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => resolve(data);
    target.onerror = ({ message }) => reject(new Error(message ?? "the worker did not start"));
    (target.port ?? target).postMessage(url, [port2]);
  });
}

globalThis.probes = {
  window: (url) => probe(sync, url),
  async: async (url) => {
    await later.init();
    return probe(later, url);
  },
  dedicated: (url) => ask(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }), url),
  shared: (url) => ask(new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module" }), url),
  service: async (url) => {
    await navigator.serviceWorker.register("./service.js", { type: "module" });
    const { active } = await navigator.serviceWorker.ready;
    return ask(active, url);
  },
};
