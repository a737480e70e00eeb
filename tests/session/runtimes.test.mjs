// A session between the two npm entries in every runtime: the client in one process, the server in another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { programs } from "../packaging/lib/places.mjs";
import { run } from "../packaging/lib/run.mjs";
import { sessionServer } from "./lib.mjs";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));
const client = local("runtime.client.mjs");
const server = local("runtime.server.mjs");
/** A test that takes longer has failed. */
const timeout = 60_000;

/** Each starts a program of `tests/session` with these arguments. */
const runtimes = {
  "Node 22": (file, ...args) => run(programs.node(), [file, ...args], { timeout }),
  Deno: (file, ...args) => run(programs.deno(), ["run", "--no-remote", "--node-modules-dir=manual", "-A", file, ...args], { timeout, cwd: local("../peers") }),
  Bun: (file, ...args) => run(programs.bun(), ["run", file, ...args], { timeout }),
};

for (const [name, start] of Object.entries(runtimes)) {
  test(`${name}: the client resumes, and nothing is lost or doubled`, async () => {
    const received = [];
    const { url, server, sessions, close } = await sessionServer({
      onsession(session) {
        session.onmessage = (data) => {
          received.push(data);
          session.send(`echo ${data}`);
          // Later messages are lost with the connection.
          if (received.length === 3) for (const peer of server.clients) peer.terminate();
        };
      },
    });
    const expected = Array.from({ length: 6 }, (_, number) => `message ${number}`);
    const told = JSON.parse(await start(client, url, ...expected));
    assert.deepEqual(received, expected);
    assert.deepEqual(told, {
      states: ["new", "resuming", "resumed"],
      messages: expected.map((text) => `echo ${text}`),
      close: [3001, "done", true],
    });
    assert.equal(sessions.length, 1);
    await close();
  });

  test(`${name}: the server, too`, async () => {
    const { states, messages } = JSON.parse(await start(server));
    assert.deepEqual(states, ["new", "resuming", "resumed"]);
    assert.deepEqual(messages, ["echo a", "echo b"]);
  });
}
