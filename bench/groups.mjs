// Prints which groups have a case that --only selects, so that `cargo xtask bench` builds no others.
//
//   node bench/groups.mjs REGEX

import { CORE } from "./browser/core.mjs";
import { IDLE } from "./browser/idle.mjs";
import { NETWORK } from "./browser/network.mjs";
import { casesOf } from "./browser/page/groups.js";
import { GROUPS, takesPart } from "./browser/runs.mjs";
import { SIZES } from "./browser/sizes.mjs";

const only = new RegExp(process.argv[2]);
/** The native socket, or web-sys, takes part in whatever its group does. */
const cases = (group) => casesOf(group).filter((run) => takesPart(group, run, "native")).map(({ name }) => name);
const inPages = Object.fromEntries(GROUPS.map((group) => [group, cases(group)]));
inPages.session.push(IDLE);
const groups = Object.entries({ ...inPages, core: [CORE], network: [NETWORK], size: SIZES });
const wanted = groups.filter(([group, names]) => names.some((name) => only.test(`${group}/${name}`)));
console.log(wanted.map(([group]) => group).join(" "));
