// Where a socket connects to: the constructor's steps, and what a provider says.

import { strings, usv } from "./convert.js";
import { core, spell } from "./core.js";
import { exception, refusal } from "./exceptions.js";

const base = () => globalThis.document?.baseURI ?? globalThis.location?.href;

/** The constructor's steps up to the connection: the address and the protocols, or an exception. */
export function address(url, protocols) {
  let parsed;
  try {
    // "Let urlRecord be the result of applying the URL parser to url with baseURL."
    parsed = new URL(url, base());
  } catch {
    throw exception("SyntaxError", `The URL '${url}' is invalid.`);
  }
  const { href, protocol } = parsed;
  // "If urlRecord's scheme is not "ws" or "wss", then throw a "SyntaxError" DOMException."
  if (!/^(ws|http)s?:$/.test(protocol)) {
    throw exception(
      "SyntaxError",
      `The URL's scheme must be either 'http', 'https', 'ws', or 'wss'. '${protocol.slice(0, -1)}' is not allowed.`,
    );
  }
  // "If urlRecord's fragment is non-null, then throw a "SyntaxError" DOMException." It may be empty, and then `hash`
  // hides it.
  if (href.includes("#")) {
    throw exception(
      "SyntaxError",
      `The URL contains a fragment identifier ('${parsed.hash.slice(1)}'). Fragment identifiers are not allowed in WebSocket URLs.`,
    );
  }
  protocols.forEach(spell);
  const verdict = core.check_protocols(protocols.length);
  if (verdict) throw refusal(verdict, protocols.join("', '"));
  // "If urlRecord's scheme is "http", then set urlRecord's scheme to "ws". Otherwise, if urlRecord's scheme is "https",
  // set urlRecord's scheme to "wss"."
  return href.replace(/^http/, "ws");
}

const isProvider = (given) => typeof given === "function";

/** A steady socket's address and protocols, each of which may be a function. */
export class Destination {
  #url;
  #protocols;

  /** What is fixed can be wrong at once: then this throws. */
  constructor(url, protocols = []) {
    this.#url = isProvider(url) ? url : usv(url);
    this.#protocols = isProvider(protocols) ? protocols : strings(protocols);
    const href = address(this.fixed ? this.#url : "ws://x", isProvider(protocols) ? [] : this.#protocols);
    /** Where the last connection led, or the first will lead if that is known. */
    this.href = this.fixed ? href : "";
  }

  /** Whether every attempt is made to the same address. */
  get fixed() {
    return !isProvider(this.#url);
  }

  /** The address and the protocols; a promise of them if somebody has to be asked, so that a token can be fresh. */
  next(attempt) {
    const parts = [this.fixed ? this.href : this.#url, this.#protocols];
    return parts.some(isProvider) ? this.#ask(parts, attempt) : parts;
  }

  async #ask(parts, attempt) {
    // Not inside whoever caused the attempt.
    await undefined;
    const [url, protocols] = await Promise.all(parts.map((part) => (isProvider(part) ? part(attempt) : part)));
    const list = strings(protocols ?? []);
    return [address(usv(url), list), list];
  }
}
