// The server crate's example on axum, with the guide's client in Node.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { consumer } from "../lib/package.mjs";
import { cargo, project, target, unpacked, version } from "./cargo.mjs";
import { examples, prints, start } from "./example.mjs";

test("steady-websocket-server: axum, with a client in Node", async (t) => {
  const page = await readFile(join(unpacked("steady-websocket-server"), "src/lib.rs"), "utf8");
  const [, block] = /^\/\/! ```\n((?:\/\/!.*\n)+?)\/\/! ```$/m.exec(page) ?? assert.fail("the crate's page has no example");
  const example = block.replaceAll(/^\/\/! ?/gm, "").replaceAll(/^# .*\n/gm, "");
  const folder = await project("axum", {
    dependencies: `axum = { version = "0.8", default-features = false, features = ["http1", "tokio", "ws"] }
futures-util = { version = "0.3", default-features = false, features = ["sink"] }
steady-websocket-server = "${version}"
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
`,
    library: false,
    source: `#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ${example}
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
`,
  });
  await cargo(folder, "build", "--quiet");
  const { value, end } = await start(join(target, "debug/fresh-axum"), [], { cwd: folder }, (line) => line);
  t.after(end);
  const [client] = examples("docs/sessions.md", "ts", `ws://${value}`);
  const file = join(consumer, "axum.mjs");
  await writeFile(file, client);
  await prints(file, consumer, ["session: new", "one", "delivered"]);
});
