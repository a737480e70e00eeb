// The state diagram and the three plots: plain SVG, a few numbers each.

const KEPT = 600;

export class Plot {
  constructor(parent, title, unit, marks = []) {
    this.unit = unit;
    this.marks = marks;
    this.values = [];
    const figure = document.createElement('figure');
    figure.innerHTML = `<figcaption><span>${title}</span><output></output></figcaption>`
      + `<svg viewBox="0 0 ${KEPT} 100" preserveAspectRatio="none" role="img" aria-label="${title}">`
      + `${marks.map(() => '<line class="mark" x1="0" x2="600"/>').join('')}<polyline/></svg>`;
    this.output = figure.querySelector('output');
    this.curve = figure.querySelector('polyline');
    this.lines = [...figure.querySelectorAll('line')];
    parent.append(figure);
  }

  push(value) {
    this.values.push(value);
    if (this.values.length > KEPT) this.values.shift();
  }

  draw() {
    const top = Math.max(1, ...this.values, ...this.marks.filter(mark => Math.max(...this.values) > mark / 4)) * 1.1;
    const y = value => 100 - (value / top) * 100;
    this.curve.setAttribute('points',
      this.values.map((value, at) => `${at + KEPT - this.values.length},${y(value).toFixed(1)}`).join(' '));
    this.lines.forEach((line, at) => ['y1', 'y2'].forEach(end => line.setAttribute(end, y(this.marks[at]))));
    this.output.textContent = `${Math.round(this.values.at(-1) ?? 0).toLocaleString('en')} ${this.unit}`;
  }
}

const PLACES = { connecting: [90, 85, 'connecting'], open: [270, 85, 'open'], waiting: [180, 145, 'waiting'],
  closing: [430, 85, 'closing'], closed: [570, 85, 'closed'] };
const WAYS = ['M145 85H215', 'M325 85H375', 'M485 85H515', 'M270 107Q265 145 235 145', 'M125 145Q90 140 90 107',
  'M235 152Q520 168 560 107'];

export class Diagram {
  constructor(root) {
    root.innerHTML = WAYS.map(way => `<path d="${way}"/>`).join('')
      + Object.entries(PLACES).map(([name, [x, y, text]]) =>
        `<g data-state="${name}"><rect x="${x - 55}" y="${y - 20}" width="110" height="40" rx="10"/>`
        + `<text x="${x}" y="${y + 5}">${text}</text></g>`).join('')
      + '<text x="320" y="30"></text>';
    this.groups = [...root.querySelectorAll('g')];
    this.caption = root.querySelector(':scope > text');
  }

  show(state, caption) {
    for (const group of this.groups) group.classList.toggle('now', group.dataset.state === state);
    this.caption.textContent = caption;
  }
}
