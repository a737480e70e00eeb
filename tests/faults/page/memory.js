// The page's memory: the JavaScript heap and the wasm memories, which never shrink.

const memories = new Set();
const { Instance, instantiate, instantiateStreaming } = WebAssembly;
const keep = (instance) => {
  for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) memories.add(value);
  return instance;
};
WebAssembly.Instance = new Proxy(Instance, { construct: (target, args) => keep(new target(...args)) });
for (const [name, own] of Object.entries({ instantiate, instantiateStreaming })) {
  WebAssembly[name] = async (...args) => {
    const made = await own.apply(WebAssembly, args);
    keep(made.instance ?? made);
    return made;
  };
}

/** In bytes, after a collection. Needs an isolated page, and a browser told to measure at once. */
export async function used() {
  globalThis.gc();
  const { bytes } = await performance.measureUserAgentSpecificMemory();
  return { page: bytes, wasm: [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0) };
}
