// A relay in front of servers of sessions, which injects the faults of tests/server into their connections, and has the
// same control port. It prints the addresses of its lanes as JSON, and ends when standard input does.
//
//   node tests/faults/relay/main.mjs LANES '{"/path": port, …}'

import { Lane } from "./lane.mjs";

const [lanes, ports] = process.argv.slice(2).map((word) => JSON.parse(word));
const all = Array.from({ length: lanes }, () => new Lane(ports));
console.log(JSON.stringify(await Promise.all(all.map((lane) => lane.listen()))));
process.stdin.on("end", () => process.exit()).resume();
