// The clients, and the servers they were made for.

import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program, sbin, scratch } from "../lib/program.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const script = (name) => (port) => Program.script(port, local(name));

/** What has a session of its own has to see connections end: `steady` keeps that from it, `steady-once` does not. */
const session = ["native", "strict", "steady", "steady-once"];

export const peers = {
  "graphql-ws": { server: script("graphql-ws.server.mjs"), classes: session },
  rxjs: { server: script("rxjs.server.mjs") },
  mqtt: { server: mosquitto, classes: session },
  "socket.io": { server: script("socket.io.server.mjs"), classes: session, global: true },
  "y-websocket": { server: yjs },
};

/** Debian's, on a port of its own, remembering nothing. */
function mosquitto(port) {
  const folder = scratch("mosquitto");
  const config = join(folder, "mosquitto.conf");
  // With only WebSocket listeners, mosquitto 2.0.11 reports that there are none.
  const other = `listener 0 ${join(folder, "socket")}`;
  const own = [`listener ${port} 127.0.0.1`, "protocol websockets", "allow_anonymous true", "persistence false"];
  // Started as root it would become another user, who may not write here.
  writeFileSync(config, [`user ${userInfo().username}`, other, ...own, ""].join("\n"));
  return Program.command(port, sbin("mosquitto"), ["-c", config]);
}

/** The server that came with y-websocket, until they were parted. */
function yjs(port) {
  return Program.command(port, process.execPath, [local("../node_modules/y-websocket-server/bin/server.cjs")], { 
    env: { ...process.env, HOST: "127.0.0.1", PORT: port },
  });
}

