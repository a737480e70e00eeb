// Runs the stories of `tests/stories`; `tests/stories.rs` runs them against the Rust API.

import { FILES, isStrict, needsDocument, parse, run } from "/stories/run.js";
import { SteadyWebSocket, alone, both, ours } from "../harness.js";

for (const file of FILES) {
  const response = await fetch(`/stories/${file}.txt`);
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  for (const story of parse(file, await response.text())) {
    if (needsDocument(story) && !globalThis.document) continue;
    const shell = (Class) => (Class === ours.WebSocket ? "ours" : "native");
    const declare = isStrict(story) ? both : alone;
    declare(`story: ${story.title}`, (t) => run(t, SteadyWebSocket, story, shell(t.Class)));
  }
}
