// The buttons that break the network.

import { element } from './dom.js';

/** Message sizes: small without faults; for a slow reader, large enough to fill the system's buffers within seconds. */
export const SMALL = 16, LARGE = 256 << 10;

/**
 * `does`: requests to the server; with `undoes`, the button stays pressed. `size`: of messages meanwhile; `browser`: the events
 * that the browser would fire.
 */
const FAULTS = [
  { name: 'Kill', says: 'TCP is reset, as by a dead router.', does: () => ['/kill?mode=rst'] },
  { name: 'Refuse', says: 'TCP is reset, and the next two handshakes of each socket are answered with 503.',
    does: tags => [...tags.map(tag => `/mode?do=refuse&status=503&n=2&id=${tag}`), '/kill?mode=rst'] },
  { name: 'Go silent', says: 'The connections stay, but the server answers nothing: half-open.', does: () => ['/silence'] },
  { name: 'Restart 1012', says: 'The server says: Service Restart.', does: () => ['/close?code=1012'] },
  { name: 'Overload 1013', says: 'The server says: Try Again Later.', does: () => ['/close?code=1013'] },
  { name: 'Policy 1008', says: 'The server says: Policy Violation. Another attempt would be refused, too.',
    does: () => ['/close?code=1008'] },
  { name: 'Slow reader', says: 'The server reads 400 KB a second, the page sends 2.5 MB. Steady pauses at its high-water mark.',
    does: () => ['/slow?rate=400000'], undoes: ['/slow?rate=0'], size: LARGE },
  { name: 'Server down', says: 'The server does not listen, and all connections are gone.',
    does: () => ['/stop-listening?kill'], undoes: ['/start-listening'] },
  { name: 'Offline', says: 'The network is gone, and the browser says so.',
    does: () => ['/stop-listening?kill'], undoes: ['/start-listening'], browser: ['offline', 'online'] },
];

export class Faults {
  size = SMALL;

  /** `command` injects a fault, `told` is called for every fault, `failed` if one could not be injected. */
  constructor(parent, { command, tags, told, failed }) {
    this.command = command;
    this.buttons = FAULTS.map(fault => {
      const button = element('button', { type: 'button', title: fault.says, disabled: '' }, fault.name);
      if (fault.undoes) button.setAttribute('aria-pressed', 'false');
      button.addEventListener('click', () => this.#commit(fault, button, tags()).then(told, failed));
      return button;
    });
    parent.append(...this.buttons);
  }

  async #commit(fault, button, tags) {
    const undo = button.getAttribute('aria-pressed') === 'true';
    for (const path of undo ? fault.undoes : fault.does(tags)) await this.command(path);
    if (fault.undoes) button.setAttribute('aria-pressed', `${!undo}`);
    if (fault.size) this.size = undo ? SMALL : fault.size;
    if (fault.browser) dispatchEvent(new Event(fault.browser[+undo]));
    return undo ? { name: `${fault.name}: over`, says: '' } : fault;
  }

  /** Removes all faults; without a server there are none. */
  reset(usable) {
    this.size = SMALL;
    for (const button of this.buttons) {
      button.disabled = !usable;
      if (button.hasAttribute('aria-pressed')) button.setAttribute('aria-pressed', 'false');
    }
  }
}
