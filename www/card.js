// A lane's numbers.

import { element } from './dom.js';

const SHOWN = {
  sent: 'sent', arrived: 'arrived', lost: 'lost', doubled: 'doubled',
  told: 'reported lost or in doubt', waiting: 'on the way', refused: 'not sent',
};

export class Card {
  constructor(parent, lane) {
    this.lane = lane;
    const { tag, title, note } = lane.kind;
    this.chip = element('span', { class: 'chip' });
    this.values = Object.fromEntries(Object.keys(SHOWN).map(name => [name, element('dd', { 'data-count': name }, '0')]));
    const rows = Object.entries(SHOWN).map(([name, text]) =>
      element('div', { class: name }, element('dt', {}, text), this.values[name]));
    this.note = element('p', { class: 'quiet' }, note);
    this.card = element('article', { class: 'lane card', 'data-lane': tag },
      element('h3', {}, element('span', { class: 'name' }, title), this.chip), element('dl', {}, ...rows),
      this.note);
    parent.append(this.card);
  }

  draw() {
    const { phase, tag, plain, kind } = this.lane;
    const note = plain ? kind.plain : kind.note;
    if (this.note.textContent !== note) this.note.textContent = note;
    // The connections of this lane have it in the server's log.
    if (tag) this.card.dataset.tag = tag;
    this.chip.textContent = phase;
    this.chip.className = `chip ${phase}`;
  }

  count(counts) {
    for (const [name, value] of Object.entries(this.values)) {
      value.textContent = counts[name].toLocaleString('en');
      value.parentElement.classList.toggle('some', counts[name] > 0);
    }
  }
}
