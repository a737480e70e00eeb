// The emulated class, and in each window and worker a network with the suite's servers.

import { Network } from "../../../pkg/network.js";
import { handlers } from "./handlers.js";

const network = new Network({ clock: "real" });
// `serve.py` appends the addresses of the servers that the pages mean.
const { hosts, ports } = JSON.parse(new URL(import.meta.url).searchParams.get("servers"));

function answer(request) {
  const handle = handlers[new URL(request.url).pathname];
  if (handle) handle(request);
  else request.refuse(404);
}

for (const host of hosts) {
  for (const port of ports.ws) network.listen(`ws://${host}:${port}/*`, answer);
  for (const port of [...ports.wss, ...ports.h2]) network.listen(`wss://${host}:${port}/*`, answer);
}

export const { WebSocket } = network;
