// One Chromium for all pages.

import { after } from "node:test";
import { chromium } from "playwright-core";
import { onPath } from "./places.mjs";

const browser = await chromium.launch({
  executablePath: onPath("chromium", "google-chrome", "chromium-browser", "google-chrome-stable"),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
  ],
});
after(() => browser.close());

/** A page of a profile of its own, and what went wrong in it. */
export async function open(url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(url);
  return { page, errors, close: () => context.close() };
}
