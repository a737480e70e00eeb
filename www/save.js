// Saves something as a file.

import { element } from './dom.js';

export function save(name, type, content) {
  const href = URL.createObjectURL(new Blob([content], { type }));
  element('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
