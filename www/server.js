// The fault server's control port, which also serves this page: tests/server/README.md.

/** What it answers, or an exception that says why not. Addresses are relative: a static host may serve a subfolder. */
async function ask(method, path) {
  let answer;
  try {
    answer = await fetch(`.${path}`, { method });
  } catch {
    throw new Error('The fault server does not answer. Start it again with: cargo xtask demo');
  }
  const json = answer.headers.get('content-type')?.includes('json') ? await answer.json() : {};
  if (!answer.ok) throw new Error(json.error ?? `The fault server answered ${method} ${path} with ${answer.status}. Start it again with: cargo xtask demo`);
  return json;
}

/** Replaces the echo of our own server by its application with sessions, and leaves any other address as it is. */
export function withSession(url, echo) {
  const target = new URL(url);
  const own = new URL(echo);
  if (target.host === own.host && target.pathname === own.pathname) target.pathname = '/session';
  return target.href;
}

class FaultServer {
  where = '';

  constructor(ws) {
    this.address = `${ws}/echo`;
  }

  /** The address for a socket with a session: the same server's, if it is the fault server. */
  forSession(url) {
    return withSession(url, this.address);
  }

  /** Every address is reached by the platform's own sockets. */
  use() {}

  /** Takes back every standing fault. Resolves to whether there can be any. */
  async heal() {
    await ask('POST', '/start-listening');
    await ask('POST', '/slow?rate=0');
    await ask('DELETE', '/mode');
    return true;
  }

  command(path) {
    return ask('POST', path);
  }

  /** Everything the server received from the connections of that tag, in order. */
  async received(tag) {
    const { connections } = await ask('GET', `/log?id=${tag}`);
    return connections.flatMap(one => one.received).filter(({ kind }) => kind === 'text').map(({ text }) => text);
  }
}

/** Finds the fault server; without one, the server is a network in the page. */
export async function find() {
  const ws = await ask('GET', '/health').then(health => health.ws, () => undefined);
  if (ws) return new FaultServer(ws);
  const { Emulated } = await import('./emulated.js');
  return new Emulated();
}
