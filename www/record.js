// The steady socket's trace: taken down as text, saved, and played again without a network.

import { replay, trace } from './pkg/trace.js';
import { byId } from './dom.js';
import { save } from './save.js';

const count = (list, what) => `${list.length.toLocaleString('en')} ${what}${list.length === 1 ? '' : 's'}`;
const inputs = lines => lines.filter(line => /^\d/.test(line));
const effects = lines => lines.filter(line => /^ +[a-z]/.test(line));

export class Record {
  /** `socket` answers the socket of now, or nothing. */
  constructor(socket) {
    const on = (id, act) => byId(id).addEventListener('click', act);
    on('trace-take', () => this.#take(socket()));
    on('trace-save', () => save('steady-websocket-trace.txt', 'text/plain', byId('trace').value));
    on('trace-replay', () => this.#replay());
  }

  #take(socket) {
    byId('trace').value = socket ? trace(socket) : '';
    byId('trace-told').textContent = socket
      ? `${count(inputs(this.#lines()), 'input')} so far. Save the text, attach it to a bug report, or change it and replay it.`
      : 'There is no socket yet.';
  }

  #replay() {
    try {
      byId('replayed').textContent = replay(byId('trace').value);
    } catch (cause) {
      byId('replayed').textContent = '';
      byId('trace-told').textContent = `The trace cannot be replayed: ${cause.message} Correct it, or press “Show the trace”.`;
      return;
    }
    const done = effects(byId('replayed').textContent.split('\n'));
    byId('trace-told').textContent = `Replayed without a network. ${count(inputs(this.#lines()), 'input')}, ${count(done, 'effect')}.`;
  }

  #lines() {
    return byId('trace').value.split('\n');
  }
}
