// Runs the cases of one module with one class: index.html?cases=MODULE&class=NAME&url=ADDRESS&about=JSON&global&only=REGEX

import { SteadyWebSocket, WebSocket as Strict } from "/pkg/index.js";

const LIMIT = 45_000;
const query = new URLSearchParams(location.search);

/** For clients that have a session to begin anew at every connection: they must see every one of them end. */
class Once extends SteadyWebSocket {
  constructor(url, protocols) {
    super(url, protocols, { retry: () => false });
  }
}
const classes = { native: WebSocket, strict: Strict, steady: SteadyWebSocket, "steady-once": Once };
if (query.get("class") === "session") classes.session = (await import("/pkg/session.js")).SteadyWebSocket;

/** What a case gets. */
class Bench {
  Class = classes[query.get("class")];
  url = query.get("url");
  about = JSON.parse(query.get("about"));
  #after = [];

  /** Sends a command to the program that started the server: `kill`, `start`, `signal`, or one of the server's own script. */
  async ask(verb, args = {}) {
    const answer = await fetch(`/${verb}`, { method: "POST", body: JSON.stringify(args) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  /** To be done when the case is over, however it ends. */
  after(tidy) {
    this.#after.push(tidy);
  }

  async tidy() {
    for (const tidy of this.#after) await tidy();
  }
}

async function attempt(run) {
  const bench = new Bench();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("took too long")), LIMIT);
  });
  try {
    await Promise.race([run(bench), late]);
  } catch (cause) {
    return `${cause?.stack ?? cause}`;
  } finally {
    clearTimeout(timer);
    await Promise.resolve(bench.tidy()).catch(() => {});
  }
}

try {
  // For clients that take no option, set before they are loaded.
  if (query.has("global")) globalThis.WebSocket = classes[query.get("class")];
  const { cases } = await import(`/built/${query.get("cases")}.js`);
  const only = new RegExp(query.get("only") ?? "");
  const { lacks } = JSON.parse(query.get("about"));
  for (const [test, run] of Object.entries(cases(query.get("class")))) {
    if (!only.test(test) || lacks?.includes(test)) continue;
    const start = performance.now();
    const error = await attempt(run);
    results.push({ test, error, ms: performance.now() - start });
  }
} catch (cause) {
  results.push({ test: "the cases could be run", error: `${cause.stack ?? cause}`, ms: 0 });
}
done = true;
