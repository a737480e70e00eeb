// What a script needs of its engine, with the oldest versions that have it.

import { ENGINES, any, known, members, newer, versions } from "./engines.mjs";
import { ELSEWHERE, OPTIONAL, OURS } from "./optional.mjs";
import { usage } from "./usage.mjs";

const capital = (name) => name[0].toUpperCase() + name.slice(1);

/** Returns the key in MDN's data of a global. */
const globalKey = (name) => known(`javascript.builtins.${name}`, `api.${name}`, `api.Window.${name}`, `api.EventTarget.${name}`) ?? (name === "WebAssembly" ? known("webassembly.api") : undefined);

function staticKey(path) {
  const [owner, name] = path.split(".");
  return known(
    `javascript.builtins.${owner}.${name}`,
    `javascript.builtins.TypedArray.${name}`,
    `api.${owner}.${name}_static`,
    `api.${owner}.${name}`,
    `api.${capital(owner)}.${name}`,
    `webassembly.api.${name}_static`,
    `webassembly.api.${name}`,
  );
}

/**
 * Returns the features that a script needs, a map from their names to `{ [engine]: version }`. Throws for a global that
 * MDN's data does not have. A member of an object may be that of any interface, so the oldest counts.
 */
export function needs(source) {
  const used = usage(source);
  const found = new Map();
  const need = (what, key) => {
    if (!key) throw new Error(`no engine has \`${what}\`, says MDN; if it may be missing, add it to optional.mjs`);
    if (!Object.hasOwn(OPTIONAL, key)) found.set(key, versions(key));
  };
  for (const key of used.syntax) need(key, known(`javascript.${key}`));
  for (const name of used.globals) if (!Object.hasOwn(ELSEWHERE, name)) need(name, globalKey(name));
  for (const path of used.statics) if (!path.endsWith(".prototype")) need(path, staticKey(path));
  for (const name of used.constructed) need(`new ${name}`, known(`javascript.builtins.${name}.${name}`, `api.${name}.${name}`));
  for (const name of used.members) {
    const keys = OURS.has(name) ? [] : members(name, [...used.globals]);
    const optional = keys.some((key) => Object.keys(OPTIONAL).some((one) => key === one || key.startsWith(`${one}.`)));
    if (keys.length && !optional) found.set(`.${name}`, any(keys));
  }
  return found;
}

/** Returns the oldest version of each engine that has all of the features, and which of them decide that. */
export function oldest(found) {
  const row = {};
  for (const engine of Object.keys(ENGINES)) {
    const needed = [...found.values()].map((one) => one[engine]);
    const version = needed.reduce((one, other) => (newer(other, one) ? other : one), "1");
    const deciding = [...found.keys()].filter((key) => found.get(key)[engine] === version);
    row[engine] = { version, deciding };
  }
  return row;
}
