/** Returns what to throw instead of `cause`: the engines' messages for a forbidden compilation mislead. */
export function explain(cause) {
  return /CSP|policy|unsafe-eval/i.test(cause)
    ? new Error(
        "steady-websocket: this page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src.",
        { cause },
      )
    : cause;
}
