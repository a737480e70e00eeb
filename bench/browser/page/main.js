// A page measures one contender, or has a frame for each of several, which take turns. The harness calls `prepare`, and
// for each measurement `warm` and `measure`.

import { casesOf } from "./groups.js";

let run;
let state;
const frames = new Map();

/** What no later step repeats: imports, connections. */
window.prepare = async (setting) => {
  run = casesOf(setting.group).find(({ name }) => name === setting.name);
  state = await run.prepare(setting);
};

/** A little of what is measured, so that the browser has compiled it. */
window.warm = async () => {
  await run.warm?.(state);
};

/** What the harness does for a measurement, without the load. */
window.nothing = async () => {
  await run.nothing?.(state);
};

/** So that no contender pays for another's garbage. What finalisers release is collected in the second run. */
window.collect = async () => {
  gc();
  await new Promise((resolve) => setTimeout(resolve));
  gc();
};

/** The measurement itself: its values, by the names of `yields`. */
window.measure = () => run.measure(state);

/** Makes a frame for a contender, and prepares it. */
window.seat = async (setting) => {
  const frame = document.createElement("iframe");
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  // Chromium loads no page inside itself: the query makes it another.
  frame.src = `?${encodeURIComponent(setting.contender)}`;
  document.body.append(frame);
  await loaded;
  frames.set(setting.contender, frame.contentWindow);
  await frame.contentWindow.prepare(setting);
};

/** One step of a contender in its frame. */
window.turn = async (contender, step) => frames.get(contender)[step]();
