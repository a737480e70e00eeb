// Failures in words. Part of "steady-websocket/codes", so that only pages that show them download them.

import { closeCode } from "#codes";

/** What timed out, by phase. */
const TIMEOUT = {
  connecting: "nothing answered within connectTimeout",
  gate: "beforeFlush was not done within connectTimeout",
  open: "the heartbeat was not answered: the peer or the network is gone",
  closing: "the Close frame was not answered within closeTimeout",
};

const SENTENCES = {
  page: () => "this page gave up the connection",
  gate: () => "beforeFlush failed",
  stowed: () => "the page went into the back/forward cache, where no connection may live",
  timeout: ({ phase }) => TIMEOUT[phase],
  provider: ({ error }) => `the function for the address or the protocols failed (${error})`,
  forbidden: ({ error }) => `the browser refused the address, as it does with mixed content (${error})`,
  server: () => "the server closed the connection",
  offline: () => "the machine was offline",
  cut: () => "the server or a proxy ended the connection without a Close frame (a crash, an idle timeout), or the network was lost",
  // Browsers hide the cause from scripts, so that pages cannot scan networks.
  handshake: ({ workedBefore }) =>
    `server not listening, refused by an HTTP status such as 502, blocked by a proxy, ${
      workedBefore ? "" : "wrong address, mixed content, a certificate that is not trusted, "
    }or closed before the connection was established`,
};

const WHEN = {
  connecting: "while connecting",
  gate: "before messages could flow",
  open: "while open",
  closing: "while closing",
};

/** Describes a failure in a sentence: the likely cause, and what the close code means. */
export function explain(failure) {
  const { phase, took, cause, code } = failure;
  const { name, meaning } = closeCode(code);
  return `Attempt ${failure.attempt} ended ${WHEN[phase]}, after ${Math.round(took)} ms: ${SENTENCES[cause](failure)}. ${code} is ${name}: ${meaning}.`;
}
