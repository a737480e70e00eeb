// The README's JavaScript and the guide's sessions, both ends, in Node.

import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../peers/lib/program.mjs";
import { echo } from "../lib/echo.mjs";
import { consumer } from "../lib/package.mjs";
import { programs, root } from "../lib/places.mjs";
import { examples, prints, start } from "./example.mjs";

const script = async (name, code) => {
  const file = join(consumer, name);
  await writeFile(file, code);
  return file;
};

test("README: JavaScript, in Node", async () => {
  const [code] = examples("README.md", "js", echo);
  await prints(await script("readme.mjs", code), consumer, ["queued until the socket is open"]);
});

test("docs/sessions.md: client and server, in Node", async (t) => {
  await cp(join(root, "tests/peers/node_modules/ws"), join(consumer, "node_modules/ws"), { recursive: true });
  const port = await freePort();
  const [server] = examples("docs/sessions.md", "mjs", "");
  const listening = 'server.on("listening", () => console.log("listening"));\n';
  const file = await script("server.mjs", server.replace("8080", port) + listening);
  const { end } = await start(programs.node(), [file], { cwd: consumer }, (line) => line === "listening" || undefined);
  t.after(end);
  const [client] = examples("docs/sessions.md", "ts", `ws://127.0.0.1:${port}`);
  await prints(await script("client.mjs", client), consumer, ["session: new", "echo: one", "delivered"]);
});
