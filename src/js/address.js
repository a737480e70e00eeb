// The address and sub-protocols of a socket, given or from providers.

import { strings, usv } from "./convert.js";
import { exception } from "./exceptions.js";

/** RFC 6455, 4.1: "characters in the range U+0021 to U+007E not including separator characters". */
const TOKEN = /^[!#-'*+.^`|~\w-]+$/;

const base = () => globalThis.document?.baseURI ?? globalThis.location?.href;

/** Follows the steps of the constructor up to the connection. Returns the address, or throws. */
export function address(url, protocols) {
  const refuse = (what, text, rule) => {
    throw exception("SyntaxError", `The ${what} '${text}' ${rule}.`);
  };
  let href;
  try {
    // "Let urlRecord be the result of applying the URL parser to url with baseURL."
    ({ href } = new URL(url, base()));
  } catch {
    refuse("URL", url, "is invalid");
  }
  // "If urlRecord's scheme is not "ws" or "wss", then throw a "SyntaxError" DOMException."
  if (!/^(ws|http)s?:/.test(href)) refuse("URL", href, "must begin with ws, wss, http or https");
  // "If urlRecord's fragment is non-null, then throw a "SyntaxError" DOMException."
  if (href.includes("#")) refuse("URL", href, "must not have a fragment");
  // "If any of the values in protocols occur more than once or otherwise fail to match the requirements for elements
  // that comprise the value of `Sec-WebSocket-Protocol` fields …, then throw a "SyntaxError" DOMException."
  protocols.forEach((name, place) => {
    if (!TOKEN.test(name)) refuse("subprotocol", name, "is invalid");
    if (place > protocols.indexOf(name)) refuse("subprotocol", name, "is duplicated");
  });
  // "If urlRecord's scheme is "http", then set urlRecord's scheme to "ws". Otherwise, if urlRecord's scheme is "https",
  // set urlRecord's scheme to "wss"."
  return href.replace(/^http/, "ws");
}

const isProvider = (given) => typeof given === "function";

/** A steady socket's address and protocols, each of which may be a function. */
export class Destination {
  #parts;
  /** The address and the protocols, if neither is a function. */
  fixedTarget;
  /** The address of the last connection; before the first, the fixed address or an empty string. */
  href = "";

  /** Throws if a part that is not a function is invalid. */
  constructor(url, protocols = []) {
    const text = isProvider(url) ? undefined : usv(url);
    const list = isProvider(protocols) ? undefined : strings(protocols);
    const href = address(text ?? "ws://x", list ?? []);
    if (text !== undefined) this.href = href;
    this.#parts = [this.href || url, list ?? protocols];
    if (this.href && list) this.fixedTarget = this.#parts;
  }

  /** Calls the providers. Resolves to the address and the protocols, which are not validated yet. */
  async resolveTarget(...args) {
    const [url, protocols] = await Promise.all(this.#parts.map(async (part) => (isProvider(part) ? part(...args) : part)));
    return [usv(url), strings(protocols ?? [])];
  }
}
