// Which pages make up the suite, and where they are served.

import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

const SCOPES = {
  window: ["html"],
  dedicatedworker: ["worker.html"],
  sharedworker: ["sharedworker.html"],
  worker: ["worker.html", "sharedworker.html"],
};

/** Not ours: another interface, and scopes into which no module can be imported. */
const ELSEWHERE = /\/stream\/|serviceworker/;

/** The pages of one file of the suite. */
function pagesOf(suite, file) {
  if (/\/(resources|support|handlers|tools)\//.test(file)) return [];
  const script = file.match(/^(.*)\.(any|window|worker)\.js$/);
  if (!script && !/\.x?html?$/.test(file)) return [];
  const text = readFileSync(join(suite, file), "utf8");
  if (!script && !/resources\/testharness\.js/.test(text)) return [];
  const { names, variants, long } = script ? generated(script, text) : written(file, text);
  return names.flatMap((name) =>
    (variants.length ? variants : [""]).map((variant) => ({ file, name, variant, long, page: `/${name}${variant}` })),
  );
}

function generated([, stem, kind], text) {
  const meta = [...text.matchAll(/^\/\/\s*META:\s*(\w+)=(.*?)\s*$/gm)];
  const all = (key) => meta.filter(([, name]) => name === key).map(([, , value]) => value);
  const scopes = (all("global")[0] ?? "window,dedicatedworker").split(",");
  const names =
    kind === "any"
      ? scopes.flatMap((scope) => SCOPES[scope.trim()] ?? []).map((ending) => `${stem}.any.${ending}`)
      : [`${stem}.${kind}.html`];
  return { names, variants: all("variant"), long: all("timeout").includes("long") };
}

function written(file, text) {
  const variants = [...text.matchAll(/<meta\s+name="?variant"?\s+content="([^"]*)"/g)].map(([, value]) => value);
  return { names: [file], variants, long: /<meta\s+name="?timeout"?\s+content="?long/.test(text) };
}

/** Every page of the suite that `only` fits. */
export function allPages(suite, only) {
  return readdirSync(join(suite, "websockets"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(suite, join(entry.parentPath ?? entry.path, entry.name)))
    .sort()
    .flatMap((file) => pagesOf(suite, file))
    .filter(({ page }) => only.test(page) && !ELSEWHERE.test(page));
}

/** Where a page is, on servers with these ports. */
export function urlOf({ name, variant }, { host, ports }) {
  const flags = new URLSearchParams(variant).getAll("wpt_flags");
  const h2 = flags.includes("h2") || /\.h2\./.test(name);
  const secure = flags.includes("https") || /\.https\./.test(name);
  const [scheme, [port]] = h2 ? ["https", ports.h2] : secure ? ["https", ports.https] : ["http", ports.http];
  return `${scheme}://${host}:${port}/${name}${variant}`;
}
