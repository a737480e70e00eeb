// Where the emulated class may be worse than the native one: the table in README.md.

import { readFileSync } from "node:fs";
import { isWorse } from "./report.mjs";

const HEADING = "## Where the emulated class is worse";

/** How the addresses of these pages begin. */
export function allowances() {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const [, section] = readme.split(HEADING);
  if (!section) throw new Error(`README.md has no section "${HEADING}"`);
  return [...section.matchAll(/^\| `(.+?)` \|/gm)].map(([, start]) => `/websockets/${start}`);
}

const covers = (start, { page }) => page.startsWith(start);

export const isAllowed = (allowed, name, page) => name === "emulated" && allowed.some((start) => covers(start, page));

/** Entries of the table for which no page is worse. */
export const unneeded = (allowed, pages) =>
  allowed.filter((start) => !pages.some((page) => covers(start, page) && isWorse(page.native, page.emulated)));
