// Prints what the wasm costs in each way of writing it into a script: node encodings.mjs, after cargo xtask build.
//
// Not a test: the encoding of src/js/package/decode.js was chosen by this table, and can be compared again.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { root } from "./lib/places.mjs";

const wasm = await readFile(join(root, "pkg/steady_websocket_bg.wasm"));
const literal = (text) => JSON.stringify(text).replace(/[\u007f-\u00ff]/g, (c) => c);
const characters = (bytes, shift = 0) => Array.from(bytes, (b) => String.fromCharCode((b + shift) & 255)).join("");

/** One character for some bytes, two for the others: where the single ones start, and how many announce a pair. */
function pairs(shift, announcing) {
  const single = 95 - announcing;
  let text = "";
  for (const byte of wasm) {
    const value = (byte + shift) & 255;
    const rest = value - single;
    const codes = rest < 0 ? [value] : [single + Math.floor(rest / 95), rest % 95];
    text += String.fromCharCode(...codes.map((code) => code + 32));
  }
  return `let b=new Uint8Array(${wasm.length}),a=0,h=0;for(let c of ${literal(text)}){let v=c.charCodeAt()-32;
    if(v>=${single}&&!h)h=${single}+(v-${single})*95;else{b[a++]=h+v-${shift};h=0}}`;
}

/** The package's own: the single ones are the most frequent. */
function frequent() {
  const counts = new Array(256).fill(0);
  for (const byte of wasm) counts[byte]++;
  const order = [...counts.keys()].sort((one, other) => counts[other] - counts[one]);
  const ascending = (one, other) => one - other;
  const all = [...order.slice(0, 93).sort(ascending), ...order.slice(93).sort(ascending)];
  const numbers = new Map(all.map((byte, number) => [byte, number]));
  let text = "";
  for (const byte of wasm) {
    const rest = numbers.get(byte) - 93;
    const codes = rest < 0 ? [rest + 93] : [93 + Math.floor(rest / 95), rest % 95];
    text += String.fromCharCode(...codes.map((code) => code + 32));
  }
  const sixes = Array.from({ length: 43 }, (_, at) => [0, 1, 2, 3, 4, 5].reduce((bits, bit) => bits | ((numbers.get(at * 6 + bit) < 93) << bit), 48));
  return `let s=${literal(String.fromCharCode(...sixes))},f=b=>s.charCodeAt(b/6)-48>>b%6&1,o=[...Array(256).keys()].sort((a,b)=>f(b)-f(a)),
    b=[],h=0;for(let c of ${literal(text)}){let v=c.charCodeAt()-32;if(v>92&&!h)h=93+(v-93)*95;else{b.push(o[h+v]);h=0}}b=Uint8Array.from(b)`;
}

const ways = {
  base64: `let b=Uint8Array.from(atob("${wasm.toString("base64")}"),c=>c.charCodeAt())`,
  hexadecimal: `let s="${wasm.toString("hex")}",b=Uint8Array.from({length:${wasm.length}},(_,i)=>parseInt(s.substr(i*2,2),16))`,
  "Latin-1": `let b=Uint8Array.from(${literal(characters(wasm))},c=>c.charCodeAt())`,
  "Latin-1, shifted by 1": `let b=Uint8Array.from(${literal(characters(wasm, 1))},c=>c.charCodeAt()-1)`,
  // Without its inflater, which is about 700 bytes after gzip.
  "deflate in base64": `let b=inflate(Uint8Array.from(atob("${deflateRawSync(wasm, { level: 9 }).toString("base64")}"),c=>c.charCodeAt()))`,
  "pairs, shift 0": pairs(0, 2),
  "pairs, shift 4": pairs(4, 2),
  "pairs, shift 8": pairs(8, 2),
  "pairs, shift 4, three announcing": pairs(4, 3),
  "pairs, the frequent bytes single": frequent(),
};

const row = (name, charset, bytes) =>
  console.log(`${name.padEnd(34)}${charset.padEnd(7)}${[bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length].map((n) => String(n).padStart(8)).join("")}`);

console.log(`${"".padEnd(41)}   plain    gzip  brotli`);
row("the wasm itself", "", wasm);
for (const [name, script] of Object.entries(ways)) {
  for (const charset of name.startsWith("Latin") ? ["ascii", "utf8"] : ["ascii"]) {
    const { code } = await transform(`${script};new WebAssembly.Module(b)`, { minify: true, charset, format: "esm" });
    row(name, charset, Buffer.from(code));
  }
}
