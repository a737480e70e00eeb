// Independent servers, all with the same dialect.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nginx } from "../lib/nginx.mjs";
import { Program, freePort, scratch } from "../lib/program.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where cargo puts the servers in Rust. */
const BUILT = process.env.STEADY_INTEROP_SERVERS ?? local("../../../target/debug");

const rust = (name) => (port) => Program.command(port, join(BUILT, name), [String(port)]);

const ws = (port) => Program.script(port, local("ws.server.mjs"));
/** It chooses the first sub-protocol that is offered, as `ws` does by itself: that of a session, too. */
const repeating = (port) => Program.script(port, local("ws.server.mjs"), { env: { ...process.env, STEADY_REPEATS: "1" } });

/** nginx with `ws` behind it. */
class Proxied {
  constructor(port, backend) {
    this.port = port;
    this.backend = ws(backend);
    this.front = nginx(port, `127.0.0.1:${backend}`);
  }

  async start() {
    await this.backend.start();
    await this.front.start();
  }

  async kill(how) {
    await this.front.kill(how);
    await this.backend.kill(how);
  }
}

/** A single source, which Java compiles as it starts. */
const java = (file, jars) => (port) => {
  const path = jars.map((name) => `/usr/share/java/${name}.jar`).join(":");
  return Program.command(port, "java", ["-cp", path, local(file), String(port), scratch("java")]);
};

const light = {
  ws,
  "tokio-tungstenite": rust("steady-interop-server"),
  axum: rust("steady-interop-axum"),
  nginx: (port, backend) => new Proxied(port, backend),
};

const jars = (prefix, ...names) => names.map((name) => `${prefix}-${name}`);
const tomcat = jars("tomcat10", "catalina", "coyote", "api", "juli", "jni", "util", "util-scan", "servlet-api", "el-api");
const more = jars("tomcat10", "jaspic-api", "annotations-api", "websocket", "websocket-api", "websocket-client-api");
const jetty = jars("jetty9", "server", "http", "io", "util");
const over = jars("jetty9", "websocket-api", "websocket-common", "websocket-server", "websocket-servlet");

const heavy = {
  Tomcat: java("Tomcat.java", [...tomcat, ...more]),
  Jetty: java("Jetty.java", [...jetty, ...over, "servlet-api"]),
};

const backend = await freePort();
const servers = process.env.STEADY_INTEROP === "all" ? { ...light, ...heavy } : light;

/** None of them has sessions: the class with one goes on without. */
const classes = ["native", "strict", "steady", "session"];

/** Tomcat sends no Close frame without a code, and answers one with 1000: the native class sees the same. */
const peculiar = { Tomcat: { lacks: ["the server closes without a code"], answersNone: 1000 } };

export const peers = Object.fromEntries(
  Object.entries(servers).map(([name, begin]) => [
    name,
    { server: (port) => begin(port, backend), cases: "interop", classes, about: peculiar[name] },
  ]),
);
// A socket with a session waits two seconds for the hello of such a server: only what is about that.
peers["ws, the first protocol"] = { server: repeating, cases: "session", classes: ["session"] };
