// The fault server's control port, which also serves this page: tests/server/README.md.

/** What it answers, or an exception that says why not. */
async function ask(method, path) {
  let answer;
  try {
    answer = await fetch(path, { method });
  } catch {
    throw new Error('The fault server does not answer. Is cargo xtask demo still running?');
  }
  const json = answer.headers.get('content-type')?.includes('json') ? await answer.json() : {};
  if (!answer.ok) throw new Error(json.error ?? `${path} answered ${answer.status}: this is not the fault server`);
  return json;
}

export const command = path => ask('POST', path);

/** Where its sockets are. */
export async function address() {
  const { ws } = await ask('GET', '/health');
  if (!ws) throw new Error('The server of this page is not the fault server. Start it with: cargo xtask demo');
  return `${ws}/echo`;
}

/** Everything the server received from the connections of that tag, in order. */
export async function received(tag) {
  const { connections } = await ask('GET', `/log?id=${tag}`);
  return connections.flatMap(one => one.received).filter(({ kind }) => kind === 'text').map(({ text }) => text);
}

/** Takes back every standing fault. */
export async function heal() {
  await ask('POST', '/start-listening');
  await ask('POST', '/slow?rate=0');
  await ask('DELETE', '/mode');
}
