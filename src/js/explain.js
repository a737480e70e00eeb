// What a failure means, in words: part of "steady-websocket/codes", since not every page should download them.

import { closeCode } from "#codes";

/** What was late, by the phase. */
const TIMEOUT = {
  connecting: "nothing answered within connectTimeout",
  gate: "beforeFlush was not done within connectTimeout",
  open: "the heartbeat was not answered: the peer or the network is gone",
  closing: "the Close frame was not answered within closeTimeout",
};

const SENTENCES = {
  page: () => "this page gave it up",
  gate: () => "beforeFlush failed",
  stowed: () => "the page went into the back/forward cache, where no connection may live",
  timeout: ({ phase }) => TIMEOUT[phase],
  provider: ({ error }) => `the function that gives the address or the protocols failed (${error})`,
  forbidden: ({ error }) => `the browser refused the address, as it does with mixed content (${error})`,
  server: () => "the server closed it",
  offline: () => "the machine was offline",
  cut: () => "the server or a proxy ended it without a Close frame (a crash, an idle timeout), or the network was lost",
  // Browsers hide what it was from scripts, lest pages scan networks.
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

/** A failure in a sentence: what is likely to have been the cause, and what the close code means. */
export function explain(failure) {
  const { phase, took, cause, code } = failure;
  const { name, meaning } = closeCode(code);
  return `Attempt ${failure.attempt} ended ${WHEN[phase]}, after ${Math.round(took)} ms: ${SENTENCES[cause](failure)}. ${code} is ${name}: ${meaning}.`;
}
