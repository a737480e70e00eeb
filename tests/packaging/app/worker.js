// The same file as a dedicated, a shared and a service worker.

import { SteadyWebSocket, WebSocket } from "steady-websocket";
import { probe } from "./probe.js";

async function answer({ data, ports }) {
  const port = ports[0];
  try {
    port.postMessage(await probe({ SteadyWebSocket, WebSocket }, data));
  } catch (error) {
    port.postMessage(String(error));
  }
}

self.addEventListener("message", answer);
self.addEventListener("connect", ({ ports }) => ports[0].addEventListener("message", answer) ?? ports[0].start());
