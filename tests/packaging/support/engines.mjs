// The oldest versions of engines that have a feature, from MDN's data.

import { createRequire } from "node:module";

const data = createRequire(import.meta.url)("@mdn/browser-compat-data");

/** The engines of the table in docs/browsers.md, by their names in MDN's data. */
export const ENGINES = { chrome: "Chrome", edge: "Edge", firefox: "Firefox", safari: "Safari", nodejs: "Node", deno: "Deno", bun: "Bun" };

const feature = (path) => path.split(".").reduce((node, name) => (node && Object.hasOwn(node, name) ? node[name] : undefined), data);

/** Returns true if version `one` is newer than `other`. An engine that lacks a feature has it in version Infinity. */
export function newer(one, other) {
  const [a, b] = [one, other].map((version) => String(version).split(".").map(Number));
  const at = [0, 1, 2].find((i) => (a[i] ?? 0) !== (b[i] ?? 0));
  return at !== undefined && (a[at] ?? 0) > (b[at] ?? 0);
}

/** Returns the version of each engine that has a feature, or undefined if the data does not know the feature. */
export function versions(path) {
  const support = feature(path)?.__compat?.support;
  if (!support) return undefined;
  const of = (engine) => {
    const statements = [support[engine] ?? []].flat();
    const whole = statements.find((one) => !one.flags && !one.prefix && !one.alternative_name && !one.version_removed);
    if (whole?.version_added === "preview" || whole?.version_added === undefined) return Infinity;
    return whole.version_added ? whole.version_added.replace("≤", "") : Infinity;
  };
  return Object.fromEntries(Object.keys(ENGINES).map((engine) => [engine, of(engine)]));
}

/**
 * Returns the keys of every member with this name: of JavaScript's own objects, of these interfaces, and of the global
 * object, which a script may have under another name.
 */
export function members(name, interfaces) {
  const owners = Object.keys(feature("javascript.builtins")).map((owner) => `javascript.builtins.${owner}`);
  owners.push("javascript.builtins", "api", ...interfaces.map((owner) => `api.${owner}`));
  return owners.flatMap((owner) => [`${owner}.${name}`, `${owner}.${name}_static`]).filter((path) => feature(path)?.__compat);
}

/** Returns the first of these keys that the data has. */
export const known = (...paths) => paths.find((path) => feature(path)?.__compat);

/** Returns, for each engine, the version that has the first of these features. */
export function any(paths) {
  const all = paths.map(versions);
  const oldest = (engine) => all.map((one) => one[engine]).reduce((one, other) => (newer(one, other) ? other : one));
  return Object.fromEntries(Object.keys(ENGINES).map((engine) => [engine, oldest(engine)]));
}
