// Connections, attempts and waits of every lane, and the faults that caused them.

import { element, shape } from './dom.js';

/** Milliseconds shown. */
export const SPAN = 60_000;
const ROW = 10;

export class Timeline {
  constructor(parent, lanes) {
    this.lanes = lanes.map(lane => ({ lane, spans: [] }));
    this.faults = [];
    const rows = this.lanes.map(row => {
      row.svg = shape('svg', { viewBox: `0 0 ${SPAN} ${ROW}`, preserveAspectRatio: 'none', role: 'img',
        'aria-label': `${row.lane.kind.title}: its connections, attempts and waits over the last minute` });
      return element('div', { class: 'row', 'data-lane': row.lane.kind.tag },
        element('span', { class: 'name' }, row.lane.kind.title), row.svg);
    });
    this.marks = element('div', { class: 'marks', 'aria-hidden': 'true' });
    parent.append(...rows, this.marks);
  }

  clear() {
    this.faults = [];
    for (const row of this.lanes) row.spans = [];
  }

  fault(name) {
    this.faults.push({ name, at: performance.now() });
  }

  tick(now) {
    for (const { lane, spans } of this.lanes) {
      const { phase } = lane;
      const last = spans.at(-1);
      if (last) last.to = now;
      if (last?.phase !== phase || last?.connection !== lane.opened) {
        spans.push({ phase, connection: lane.opened, from: now, to: now });
      }
      while (spans[0].to < now - SPAN) spans.shift();
    }
    this.faults = this.faults.filter(({ at }) => at > now - SPAN);
  }

  draw(now) {
    const place = at => Math.max(0, at - now + SPAN);
    const faults = this.faults.map(({ at }) => shape('rect', { class: 'fault', x: place(at), width: 160, height: ROW }));
    for (const { svg, spans } of this.lanes) {
      const rects = spans.map(({ phase, from, to }) =>
        // A gap of a pixel or so between one connection and the next.
        shape('rect', { class: phase, x: place(from), width: Math.max(place(to) - place(from) - 60, 250), height: ROW }));
      svg.replaceChildren(...rects, ...faults.map(fault => fault.cloneNode()));
    }
    this.#name(place);
  }

  /** Writes the faults' names in two lines, where they have room; the newest has precedence. */
  #name(place) {
    const { clientWidth } = this.marks;
    const free = [clientWidth, clientWidth];
    const names = [];
    for (const { name, at } of this.faults.toReversed()) {
      const width = 8 * name.length;
      const left = Math.min((place(at) / SPAN) * clientWidth, clientWidth - width);
      const line = free.findIndex(edge => left + width <= edge);
      if (line < 0) continue;
      free[line] = left;
      names.push(element('span', { style: `left: ${left}px; top: ${line}lh` }, name));
    }
    this.marks.replaceChildren(...names);
  }
}
