// A minute of one quantity, a line for each lane.

import { element, shape } from './dom.js';

const KEPT = 600;
const HEIGHT = 100;

export class Plot {
  /** `read` takes the quantity from a lane, `say` puts it into words; `marks` are levels to draw. */
  constructor(parent, lanes, { title, read, say, marks = [], least }) {
    Object.assign(this, { read, say, marks, least });
    this.lines = lanes.map(lane => ({ lane, values: [], curve: shape('polyline', { class: lane.kind.tag }) }));
    this.levels = marks.map(() => shape('line', { x1: 0, x2: KEPT, class: 'mark' }));
    this.words = this.lines.map(({ lane }) => element('output', { class: lane.kind.tag }));
    this.top = element('span', { class: 'top' });
    parent.append(element('figure', { class: 'card' },
      element('figcaption', {}, element('span', {}, title), this.top),
      shape('svg', { viewBox: `0 0 ${KEPT} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': title },
        ...this.levels, ...this.lines.map(({ curve }) => curve)),
      element('div', { class: 'words' }, ...this.words)));
  }

  clear() {
    for (const { values } of this.lines) values.length = 0;
  }

  tick() {
    for (const { lane, values } of this.lines) {
      values.push(this.read(lane));
      if (values.length > KEPT) values.shift();
    }
  }

  draw() {
    const most = Math.max(...this.lines.flatMap(({ values }) => values), this.least);
    const y = value => (HEIGHT - 2 - (value / most) * (HEIGHT - 6)).toFixed(1);
    this.lines.forEach(({ values, curve }, place) => {
      const from = KEPT - values.length;
      curve.setAttribute('points', values.map((value, at) => `${from + at},${y(value)}`).join(' '));
      this.words[place].textContent = this.say(values.at(-1) ?? 0);
    });
    this.levels.forEach((level, place) => {
      level.setAttribute('y1', y(this.marks[place]));
      level.setAttribute('y2', y(this.marks[place]));
    });
    this.top.textContent = `to ${this.say(most)}`;
  }
}
