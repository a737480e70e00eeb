/** Returns what to throw instead of `cause` if the wasm cannot be compiled: an engine's message does not say whose it is. */
export const explain = (cause) =>
  new Error(
    `steady-websocket: ${
      /CSP|policy|unsafe-eval/i.test(cause)
        ? "this page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src"
        : `its WebAssembly cannot be compiled here (${cause})`
    }.`,
    { cause },
  );
