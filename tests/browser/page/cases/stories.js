// Runs the stories of `tests/stories`; `tests/stories.rs` runs them against the Rust API.

import { FILES, isStrict, needsDocument, parse, run } from "/stories/run.js";
import { Native, SteadyWebSocket, alone, both } from "../harness.js";

for (const file of FILES) {
  const response = await fetch(`/stories/${file}.txt`);
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  for (const story of parse(file, await response.text())) {
    if (needsDocument(story) && !globalThis.document) continue;
    const shell = (Class) => (Class === Native ? "native" : "ours");
    const declare = isStrict(story) ? both : alone;
    declare(`story: ${story.title}`, (t) => run(t, SteadyWebSocket, story, shell(t.Class)));
  }
}
