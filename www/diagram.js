// The steady socket's states, the present one lit, and the way it came.

import { shape } from './dom.js';

const PLACES = { connecting: [75, 60], open: [225, 60], waiting: [150, 170], closing: [335, 115], closed: [335, 205] };
const SAY = { connecting: 'attempt', open: 'open', waiting: 'wait', closing: 'closing', closed: 'closed' };
const WIDE = 96, HIGH = 40;

/** What leads from one state to the next, as a path and where its words stand. */
const WAYS = {
  'connecting>open': ['M124 52H176', 'handshake', 150, 40],
  'open>connecting': ['M176 68H124', '', 0, 0],
  'open>waiting': ['M222 81Q218 140 190 149', 'lost', 230, 125],
  'connecting>waiting': ['M80 81Q84 140 112 150', 'failed', 63, 128],
  'waiting>connecting': ['M130 149Q108 120 104 81', 'timer, waking', 158, 112],
  'open>closing': ['M262 81Q275 112 286 114', 'close()', 305, 84],
  'open>closed': ['M248 81Q258 195 286 202', '', 0, 0],
  'closing>closed': ['M335 136V184', '', 0, 0],
  'waiting>closed': ['M199 178Q240 205 286 208', 'given up', 236, 215],
  'connecting>closed': ['M36 81Q26 236 200 236Q280 236 296 226', 'stopped', 120, 228],
};

export class Diagram {
  constructor(root, caption) {
    this.caption = caption;
    this.ways = {};
    for (const [name, [d, words, x, y]] of Object.entries(WAYS)) {
      this.ways[name] = shape('g', { class: 'way' }, shape('path', { d, 'marker-end': 'url(#tip)' }),
        shape('text', { x, y }, words));
    }
    this.places = Object.fromEntries(Object.entries(PLACES).map(([name, [x, y]]) => [name,
      shape('g', { class: `place ${name}`, 'data-state': name },
        shape('rect', { x: x - WIDE / 2, y: y - HIGH / 2, width: WIDE, height: HIGH, rx: 10 }),
        shape('text', { x, y: y + 5 }, SAY[name]))]));
    const tip = shape('marker', { id: 'tip', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: 'userSpaceOnUse', orient: 'auto' },
      shape('path', { d: 'M0 0L8 4L0 8z' }));
    root.append(shape('defs', {}, tip), ...Object.values(this.ways), ...Object.values(this.places));
  }

  show(state, words) {
    if (this.state !== state) {
      for (const [name, place] of Object.entries(this.places)) place.classList.toggle('now', name === state);
      for (const [name, way] of Object.entries(this.ways)) way.classList.toggle('now', name === `${this.state}>${state}`);
      this.state = state;
    }
    if (this.caption.textContent !== words) this.caption.textContent = words;
  }
}
