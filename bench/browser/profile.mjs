// Where the time of the page's thread goes: the browser's own sampling profiler, in a measurement that is not counted.

/** What a function belongs to. */
const KINDS = [
  ["idle", ({ functionName }) => functionName === "(idle)"],
  ["collecting garbage", ({ functionName }) => functionName === "(garbage collector)"],
  ["wasm", ({ functionName, url }) => url.startsWith("wasm:") || /^wasm-/.test(functionName) || /\.wasm$/.test(url)],
  ["the contender's script", ({ url }) => /\/(contenders|rust|session)\//.test(url)],
  ["the bench's script", ({ url }) => /\/\w+\.js/.test(url)],
  ["the browser", () => true],
];

/** Microseconds per message by kind, and the functions that take longest. */
export async function profiled(page, count, work) {
  await page.devtools("Profiler.enable");
  await page.devtools("Profiler.setSamplingInterval", { interval: 200 });
  await page.devtools("Profiler.start");
  await work();
  const { profile } = await page.devtools("Profiler.stop");
  await page.devtools("Profiler.disable");
  return summed(profile, count);
}

export function summed({ nodes, samples, timeDeltas }, count) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const kinds = {};
  const functions = {};
  for (const [at, id] of samples.entries()) {
    const frame = byId.get(id);
    // A sample stands for the time until the next one.
    const took = Math.max(0, timeDeltas[at + 1] ?? 0) / count;
    const [kind] = KINDS.find(([, fits]) => fits(frame));
    kinds[kind] = (kinds[kind] ?? 0) + took;
    if (kind === "idle") continue;
    const name = `${frame.functionName || "(anonymous)"} ${frame.url.split("/").at(-1)}:${frame.lineNumber + 1}`;
    functions[name] = (functions[name] ?? 0) + took;
  }
  const longest = Object.entries(functions).sort(([, a], [, b]) => b - a).slice(0, 12);
  return { kinds, functions: Object.fromEntries(longest) };
}
