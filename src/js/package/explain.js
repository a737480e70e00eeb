/** What to throw instead of `cause`: the engines' words for a forbidden compilation send people astray. */
export function explain(cause) {
  return /CSP|policy|unsafe-eval/i.test(cause)
    ? new Error(
        "steady-websocket: this page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src.",
        { cause },
      )
    : cause;
}
