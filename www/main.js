// The first thing loaded: it depends on nothing, so that it can say what is missing.

import { notice } from './notice.js';

try {
  const { run } = await import('./page.js');
  await run();
} catch (cause) {
  notice(`The page could not start: ${cause.message}. Build it with cargo xtask site, or serve it with cargo xtask demo.`);
}
