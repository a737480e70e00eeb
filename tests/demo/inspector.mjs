// The panel that shows the wire.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { out } from "./site.mjs";

const [DOWN, UP, RIGHT, END] = ["\uE015", "\uE013", "\uE014", "\uE010"];

const READ = `
  const text = (at) => at?.textContent.trim() ?? "";
  const rows = [...document.querySelectorAll("#wire-details tbody tr")];
  return {
    told: text(document.querySelector("#wire-told")),
    lines: [...document.querySelectorAll("#wire button")].map((line) => [...line.children].map(text).join(" ")),
    current: [...document.querySelectorAll("#wire button")].findIndex((line) => line.ariaCurrent === "true"),
    caption: text(document.querySelector("#wire-details caption")),
    fields: Object.fromEntries(rows.map((row) => [text(row.cells[0]), [text(row.cells[1]), text(row.cells[2])]])),
    derivation: Object.fromEntries([...document.querySelectorAll(".derivation div")].map((step) => [text(step.firstChild), text(step.lastChild)])),
    verdict: text(document.querySelector(".right, .wrong")),
    bytes: [...document.querySelectorAll(".byte")].map(text),
    unmasked: text(document.querySelector(".unmasked")),
    focused: text(document.activeElement),
    running: document.querySelector("#wire-run").textContent === "Pause",
    canSave: !document.querySelector("#wire-save").disabled,
  };`;

const read = (view) => view.page.run(READ);

async function until(view, what, holds) {
  let seen;
  return view.poll(what, async () => holds((seen = await read(view))) && seen, () => JSON.stringify(seen, null, 1));
}

async function choose(view, name) {
  await view.page.run(
    `const list = document.querySelector("#conversation"); list.value = arguments[0]; list.dispatchEvent(new Event("change"));`,
    name,
  );
  return until(view, "an empty wire", ({ lines, told }) => lines.length === 0 && /^(Virtual time stands still|Empty)/.test(told));
}

/** Steps until so many lines are shown. */
async function step(view, count) {
  let seen = await read(view);
  while (seen.lines.length < count) {
    const before = seen.lines.length;
    await view.press("Step");
    seen = await until(view, "one line more", ({ lines }) => lines.length > before);
    assert.equal(seen.lines.length, before + 1);
    assert.equal(seen.current, before);
  }
  return seen;
}

async function toEnd(view) {
  for (;;) {
    const { lines } = await read(view);
    await view.press("Step");
    const seen = await until(view, "one line more, or the end", (seen) => seen.lines.length > lines.length || /conversation is over/.test(seen.told));
    if (seen.lines.length === lines.length) return seen;
  }
}

const octets = (text) => text.split(" ").map((byte) => Number.parseInt(byte, 16));

/** The capture that the page saves. It is not downloaded: browsers differ in what they show then. */
async function capture(view) {
  await view.page.run(`
    window.saved = null;
    const { prototype } = HTMLAnchorElement;
    const { click } = prototype;
    prototype.click = async function () {
      prototype.click = click;
      const { href, download: name } = this;
      window.saved = { name, bytes: [...new Uint8Array(await (await fetch(href)).arrayBuffer())] };
    };`);
  await view.press("Save as .pcapng");
  const { name, bytes } = await view.poll("a capture", () => view.page.run("return window.saved"));
  assert.equal(name, "steady-websocket.pcapng");
  return Buffer.from(bytes);
}

/** What tshark makes of a capture: a list for each field. */
function tshark(view, bytes, fields) {
  const file = `${out}${view.browser}.pcapng`;
  writeFileSync(file, bytes);
  const { status, stdout, stderr, error } = spawnSync("tshark", ["-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field])], { encoding: "utf8" });
  assert.equal(status, 0, error?.message ?? stderr);
  rmSync(file);
  const rows = stdout.trimEnd().split("\n").map((row) => row.split("\t"));
  return fields.map((_, column) => rows.map((row) => row[column]).filter(Boolean));
}

export const inspector = {
  async "the wire, step by step: the handshake, and how the accept key follows"(view) {
    await view.open();
    await choose(view, "hello");
    const request = await step(view, 1);
    assert.match(request.lines[0], /^60 ms → GET \/chat HTTP\/1\.1$/);
    const [key] = request.fields["Sec-WebSocket-Key"];
    assert.equal(request.fields["Sec-WebSocket-Version"][0], "13");
    assert.equal(request.fields.Origin[0], "https://app.test");
    assert.equal(request.fields["Sec-WebSocket-Protocol"][0], "chat.v1, chat.v2");
    const { fields, derivation, verdict, lines } = await step(view, 2);
    assert.match(lines[1], /^80 ms ← HTTP\/1\.1 101 /);
    const sum = createHash("sha1").update(derivation["Key + GUID of RFC 6455"]).digest();
    assert.equal(derivation["Key + GUID of RFC 6455"], `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    assert.equal(derivation["SHA-1 of it"].replaceAll(" ", ""), sum.toString("hex"));
    assert.equal(derivation["The same in base64"], sum.toString("base64"));
    assert.equal(derivation["The server answered"], sum.toString("base64"));
    const named = (name) => Object.entries(fields).find(([field]) => field.toLowerCase() === name)[1][0];
    assert.equal(named("sec-websocket-accept"), sum.toString("base64"));
    assert.equal(named("sec-websocket-protocol"), "chat.v2");
    assert.match(verdict, /equal/);
  },

  async "a frame field by field; pointing at a byte or moving to it unmasks it"(view) {
    const { lines, fields, bytes, caption } = await step(view, 3);
    assert.match(lines[2], /→ text, 5 bytes · whole message/);
    assert.equal(caption, "text frame: whole message");
    const values = Object.fromEntries(Object.entries(fields).map(([name, [value]]) => [name, value]));
    assert.deepEqual([values.FIN, values["RSV1–3"], values.Opcode, values.MASK, values.Length], ["1", "000", "0001", "1", "0000101"]);
    const key = octets(values["Masking key"]);
    const plain = octets(values.Masked).map((byte, at) => byte ^ key[at % 4]);
    assert.equal(String.fromCharCode(...plain), "Hello");
    assert.deepEqual(fields.Payload, ["48 65 6c 6c 6f", "“Hello”"]);
    assert.deepEqual(bytes, values.Masked.split(" "));

    await view.page.run('document.querySelectorAll(".byte")[1].dispatchEvent(new PointerEvent("pointerenter"))');
    const pointed = await read(view);
    assert.match(pointed.unmasked, /^byte 1: .. XOR .. \(key byte 1\) = 65, “e”$/);
    assert.equal(pointed.bytes[1], "65");
    await view.page.run('document.querySelector(".byte").focus()');
    assert.match((await read(view)).unmasked, /^byte 0: .*= 48, “H”$/);
    await view.page.keys(RIGHT + RIGHT);
    assert.match((await read(view)).unmasked, /^byte 2: .*= 6c, “l”$/);
    await view.page.keys(END);
    assert.match((await read(view)).unmasked, /^byte 4: .*= 6f, “o”$/);
    await view.page.run('document.getElementById("wire-title").scrollIntoView()');
    await view.picture("wire");
  },

  async "the list of frames is read with the arrow keys"(view) {
    await view.page.run('document.querySelector("#wire [aria-current=true]").focus()');
    await view.page.keys(UP);
    let seen = await read(view);
    assert.equal(seen.current, 1);
    assert.match(seen.focused, /101/);
    await view.page.keys(DOWN + DOWN);
    seen = await read(view);
    assert.equal(seen.current, 2, "the last one");
    assert.equal(seen.caption, "text frame: whole message");
  },

  async "virtual time stands still between steps; Run goes on, Pause stops"(view) {
    const before = await read(view);
    await view.press("Run");
    await until(view, "one line more", ({ lines }) => lines.length > before.lines.length);
    await view.press("Pause");
    const paused = await read(view);
    const at = Number(/Virtual time: (\d+) ms/.exec(paused.told)[1]);
    const next = await step(view, paused.lines.length + 1);
    // Latency is 20 ms whatever the real time was.
    assert.ok(Number(/Virtual time: (\d+) ms/.exec(next.told)[1]) - at <= 20, `${paused.told} ${next.told}`);
    const { lines } = await toEnd(view);
    assert.deepEqual(lines.slice(3).map((line) => line.replace(/^\d+ ms /, "")), [
      "← text, 5 bytes · whole message",
      "→ close, 5 bytes · control frame",
      "← close, 5 bytes · control frame",
      ...lines.slice(6).map((line) => line.replace(/^\d+ ms /, "")),
    ]);
    assert.ok(lines.slice(6).every((line) => /TCP: FIN$/.test(line)), lines.join("\n"));
  },

  async "fragments with a ping between them, and tshark reads the saved capture"(view) {
    await choose(view, "fragments");
    const { lines } = await toEnd(view);
    const frames = lines.filter((line) => /frame|fragment|message/.test(line)).map((line) => line.replace(/^\d+ ms /, ""));
    assert.deepEqual(frames.filter((line) => line.startsWith("←")).slice(0, 4), [
      "← text, 12 bytes · first fragment",
      "← ping, 6 bytes · control frame, between two fragments",
      "← continuation, 9 bytes · fragment",
      "← continuation, 6 bytes · last fragment",
    ]);
    assert.ok(frames.includes("→ pong, 6 bytes · control frame"), lines.join("\n"));
    const [methods, codes, opcodes] = tshark(view, await capture(view), ["http.request.method", "http.response.code", "websocket.opcode"]);
    assert.deepEqual([methods, codes], [["GET"], ["101"]]);
    assert.deepEqual(opcodes.join().split(",").sort(), ["0", "0", "1", "1", "10", "8", "8", "9"]);
  },

  async "lengths of 7, 16 and 64 bits; an origin refused; a wrong accept key; a masked server"(view) {
    await choose(view, "lengths");
    assert.deepEqual((await step(view, 3)).fields.Length, ["1111101", "125 bytes"]);
    assert.deepEqual((await step(view, 4)).fields["Length, 16 bits"], ["007e", "126 bytes"]);
    const { fields, bytes } = await step(view, 5);
    assert.deepEqual(fields["Length, 64 bits"], ["0000000000010000", "65,536 bytes"]);
    assert.equal(bytes.length, 64);
    await choose(view, "origin");
    const refused = await step(view, 2);
    assert.match(refused.lines[1], /← HTTP\/1\.1 403 /);
    assert.match((await toEnd(view)).lines.join("\n"), /bytes that are not a frame/);
    await choose(view, "accept");
    const wrong = await step(view, 2);
    assert.notEqual(wrong.derivation["The same in base64"], wrong.derivation["The server answered"]);
    assert.match(wrong.verdict, /differ/);
    await choose(view, "violation");
    assert.match((await step(view, 3)).fields.MASK[1], /a server must not/);
    assert.match((await toEnd(view)).lines.join("\n"), /→ close/);
  },

  async "the sockets above: their wire, or why it cannot be shown"(view) {
    if (view.site.emulated) await view.fresh();
    await view.page.run('const list = document.querySelector("#conversation"); list.value = "above"; list.dispatchEvent(new Event("change"));');
    if (view.site.emulated) {
      const { lines } = await until(view, "records", ({ lines, canSave }) => canSave && lines.length > 3);
      assert.ok(lines.some((line) => /→ steady \d+: text, \d+ bytes · whole message/.test(line)), lines.join("\n"));
      const [opcodes] = tshark(view, await capture(view), ["websocket.opcode"]);
      assert.ok(opcodes.length > 3);
      await view.press("Run");
      await until(view, "newer records", (seen) => seen.lines.length > 3 && seen.lines.at(-1) !== lines.at(-1));
      await view.page.run('document.querySelector("#wire button").click()');
      const { current, running } = await read(view);
      assert.deepEqual([current, running], [0, false]);
    } else {
      const { lines, canSave } = await until(view, "the reason", ({ told }) => /^Empty: the sockets above use a real network/.test(told));
      assert.deepEqual([lines, canSave], [[], false]);
    }
    await choose(view, "hello");
    await step(view, 3);
  },
};
