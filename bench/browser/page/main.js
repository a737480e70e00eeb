// One measurement per page: the harness loads the page, calls `prepare`, then `measure`.

import { casesOf } from "./groups.js";

let run;
let state;

/** Up to where the clock starts: imports, connections, rounds to warm up. */
window.prepare = async (setting) => {
  run = casesOf(setting.group).find(({ name }) => name === setting.name);
  state = await run.prepare(setting);
};

/** The measurement itself: its values, by the names of `yields`. */
window.measure = () => run.measure(state);
