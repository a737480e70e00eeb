// Serves folders, so that a page can import what is being tested.

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { json } from "node:stream/consumers";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * `mounts`: a prefix and its folder each, the first that fits wins. `headers` go with every file. `answer`, if there is
 * one, gets what is posted, and its answer goes back as JSON.
 */
export function serve(mounts, headers = {}, answer = undefined) {
  const server = createServer((request, response) => {
    if (answer && request.method === "POST") return reply(request, response, answer);
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const mount = mounts.find(([prefix]) => path.startsWith(prefix));
    const file = mount && join(mount[1], path.slice(mount[0].length) || "index.html");
    if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "cache-control": "no-store", ...headers });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({ address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() });
    });
  });
}

async function reply(request, response, answer) {
  try {
    const told = await answer(new URL(request.url, "http://x").pathname, await json(request));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(told ?? null));
  } catch (cause) {
    response.writeHead(500).end(`${cause.stack}`);
  }
}
