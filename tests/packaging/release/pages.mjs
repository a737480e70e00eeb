// The README's Rust, Yew and Leptos, in pages.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "../lib/browser.mjs";
import { echo } from "../lib/echo.mjs";
import { run } from "../lib/run.mjs";
import { serve } from "../lib/serve.mjs";
import { cargo, project, target, version } from "./cargo.mjs";
import { examples } from "./example.mjs";

const [plain, yew, leptos] = examples("README.md", "rust,ignore", echo);
const TRIPLE = "wasm32-unknown-unknown";

/** Builds a project for pages, and opens it. */
async function show(t, name, dependencies, source) {
  const folder = await project(name, { dependencies: `wasm-bindgen = "0.2"\n${dependencies}`, library: true, source });
  await cargo(folder, "build", "--quiet", "--target", TRIPLE);
  const site = join(folder, "site");
  const wasm = join(target, TRIPLE, "debug", `fresh_${name}.wasm`);
  await run("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-name", "app", "--out-dir", site, wasm]);
  const script = '<script type="module">import init from "./app.js"; await init();</script>';
  await writeFile(join(site, "index.html"), `<!doctype html><meta charset="utf-8"><body>${script}</body>\n`);
  const { page, errors, close } = await open(`${await serve(site)}/`);
  t.after(close);
  return { page, errors };
}

test("README: Rust", async (t) => {
  const dependencies = `wasm-bindgen-futures = "0.4"\nsteady-websocket = "${version}"\n`;
  // Output is appended to the page.
  const { page, errors } = await show(
    t,
    "plain",
    dependencies,
    `use wasm_bindgen::prelude::*;
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["document", "body"], js_name = append)]
    fn show(text: &str);
}
macro_rules! println {
    ($($words:tt)*) => { show(&format!($($words)*)) };
}
async fn example() -> Result<(), Box<dyn std::error::Error>> {
    ${plain}
    Ok(())
}
#[wasm_bindgen(start)]
pub fn start() {
    wasm_bindgen_futures::spawn_local(async {
        if let Err(error) = example().await {
            println!("failed: {error}");
        }
    });
}
`,
  );
  await page.waitForFunction(() => document.body.textContent.includes("hello"));
  assert.deepEqual(errors, []);
});

const hooks = {
  yew: [`yew = { version = "0.23", features = ["csr"] }`, yew, "yew::Renderer::<Shout>::new().render();"],
  leptos: [
    `leptos = { version = "0.8", default-features = false, features = ["csr"] }`,
    leptos,
    "leptos::mount::mount_to_body(Shout);",
  ],
};

for (const [name, [framework, component, mount]] of Object.entries(hooks)) {
  test(`README: ${name}`, async (t) => {
    const dependencies = `${framework}\nsteady-websocket-${name} = "${version}"\n`;
    const start = `#[wasm_bindgen::prelude::wasm_bindgen(start)]\npub fn start() {\n    ${mount}\n}\n`;
    const { page, errors } = await show(t, name, dependencies, `${component}\n${start}`);
    await page.click("button");
    await page.waitForFunction(() => document.body.textContent.includes("HEY"));
    assert.deepEqual(errors, []);
  });
}
