// The stories in Node, over an emulated network with the fault server in memory: strict ones with the emulated class and
// ours, all others with ours.

import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Network } from "../../pkg/network.js";
import { FILES, isStrict, needsDocument, parse, run } from "../stories/run.js";
import { MemoryServer } from "./memory_server.js";

/** What callbacks of stories throw. Without this function Node would end. */
const ON_PURPOSE = ["not let in", "thrown on purpose"];
globalThis.reportError = (cause) => {
  if (!ON_PURPOSE.includes(cause.message)) throw cause;
};
const { SteadyWebSocket, WebSocket } = await import("../../pkg/index.js");

const ADDRESS = "ws://server.test";

/** Node has no page, so none that goes offline or into the back/forward cache. */
const needsPage = (story) => needsDocument(story) || story.lines.some(({ text }) => text.startsWith("page "));

async function live(story, shell) {
  const memory = new MemoryServer(Network, ADDRESS);
  const { network } = memory;
  const sockets = [];
  const t = {
    Class: shell === "native" ? network.WebSocket : WebSocket,
    url: (path) => `${ADDRESS}${path}`,
    control: (method, path) => memory.control(method, path),
    keep: (socket) => (sockets.push(socket), socket),
  };
  network.install();
  try {
    await run(t, SteadyWebSocket, story, shell);
  } finally {
    network.uninstall();
    for (const socket of sockets) (socket.terminate ?? socket.close).call(socket);
  }
}

for (const file of FILES) {
  const text = readFileSync(new URL(`../stories/${file}.txt`, import.meta.url), "utf8");
  for (const story of parse(file, text).filter((one) => !needsPage(one))) {
    if (isStrict(story)) test(`the emulated class: ${story.title}`, () => live(story, "native"));
    test(`ours over the emulated class: ${story.title}`, () => live(story, "ours"));
  }
}
