// The guide's pages for UI frameworks, as apps in a browser:
// cargo xtask test --only apps-chromium
//
//   node tests/apps/run.mjs [chromium|firefox|webkit]

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import react from "@vitejs/plugin-react";
import vue from "@vitejs/plugin-vue";
import { Page } from "../browser/webdriver.mjs";
import { ws } from "../packaging/lib/echo.mjs";
import { CargoProject, ViteProject, files } from "./project.mjs";
import { View } from "./view.mjs";

const [browser = "chromium"] = process.argv.slice(2);
const page = await Page.open(browser);
after(() => page.close());

const PROJECTS = [
  new ViteProject("react", () => [react()], "typescript/bin/tsc"),
  new ViteProject("vue", () => [vue()], "vue-tsc/bin/vue-tsc.js"),
  new ViteProject("svelte", () => [svelte()], "svelte-check/bin/svelte-check", "--fail-on-warnings", "--tsconfig", "./tsconfig.json"),
  new ViteProject("typescript", () => [], "typescript/bin/tsc"),
  new CargoProject("dioxus"),
];

/** The cases that every app must pass. */
const CASES = {
  async "messages arrive, over one connection"(view) {
    await view.shows(({ status }) => status === "open");
    await view.send("hello");
    await view.shows(({ lines }) => lines.join() === "hello");
    assert.equal((await view.connections()).length, 1);
  },

  async "it survives a drop, and sends what was queued meanwhile"(view) {
    await view.sendWhen("connecting", "queued");
    await view.kill();
    await view.shows(({ status, lines }) => status === "open" && lines.join() === "hello,queued");
    assert.equal((await view.connections()).length, 2);
  },

  async "another URL closes the socket and opens a new one"(view) {
    await view.choose("kitchen");
    await view.shows(({ status }) => status === "open");
    await view.send("dinner");
    await view.shows(({ lines }) => lines.at(-1) === "dinner");
    const [, left, now] = await view.live(1);
    assert.match(now.target, /room=kitchen/);
    assert.equal(left.end.by, "client");
  },

  async "unmounting closes the connection"(view) {
    await view.run("unmount();");
    const { end } = (await view.live(0)).at(-1);
    assert.deepEqual([end.how, end.by], ["closed", "client"]);
    assert.ok([1000, 1005].includes(end.code), `${end.code}`);
  },

  async "fast mounts and unmounts leave one connection, and none"(view) {
    await view.run(`
      const pauses = [() => {}, () => Promise.resolve(), () => new Promise((resolve) => setTimeout(resolve))];
      return (async () => {
        for (const between of pauses) {
          for (const after of pauses) {
            mount();
            await between();
            unmount();
            await after();
          }
        }
        mount();
      })();`);
    await view.shows(({ status }) => status === "open");
    await view.live(1);
    await view.send("still here");
    await view.shows(({ lines }) => lines.join() === "still here");
    await view.run("unmount();");
    await view.live(0);
  },
};

async function runs(t, name, id, address) {
  const view = new View(page, id);
  await view.open(address);
  for (const [title, run] of Object.entries(CASES)) {
    await t.test(`${name}: ${title}`, async () => {
      await run(view);
      assert.deepEqual((await view.read()).wrong, []);
    });
  }
}

test("every file of an app in the documents is in one of these", () => {
  assert.deepEqual([...new Set(files.map(({ file }) => file))].sort(), PROJECTS.map(({ name }) => `docs/${name}.md`).sort());
});

// The others run the production builds only: types and development servers are the same in every browser.
const thorough = browser === "chromium";

for (const project of PROJECTS) {
  if (thorough) {
    test(`docs/${project.name}.md: the types`, async () => {
      await project.write(`${ws}/broadcast?`);
      await project.check();
    });
  }

  for (const [way, start] of Object.entries(project.ways)) {
    if (way !== "build" && !thorough) continue;
    test(`docs/${project.name}.md: ${way}`, async (t) => {
      const id = `${project.name}-${way}`;
      await project.write(`${ws}/broadcast?id=${id}&`);
      await runs(t, `${project.name}, ${way}`, id, await start(t));
    });
  }
}
