// A relay before a server: counts bytes, and cuts connections.

import { once } from "node:events";
import { createServer } from "node:http";
import net from "node:net";

/** Relays to a server: the `ws` before it, and at `relay` in HTTP:
 *
 *  - `/bytes`: how many went either way so far
 *  - `/hold`: what the server sends from now on is lost
 *  - `/cut?after=N`: when so many bytes are lost, all connections are cut, and nothing more is lost
 */
export async function relayed({ ws }) {
  const target = new URL(ws);
  const connections = new Set();
  let bytes = 0;
  let lost;
  let cut = () => {};

  const front = net.createServer({ noDelay: true }, (near) => {
    const far = net.connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    const end = () => {
      near.destroy();
      far.destroy();
      connections.delete(end);
    };
    connections.add(end);
    near.on("data", (data) => {
      bytes += data.length;
      far.write(data);
    });
    far.on("data", (data) => {
      bytes += data.length;
      if (lost === undefined) return near.write(data);
      lost += data.length;
      cut();
    });
    for (const socket of [near, far]) socket.on("close", end).on("error", end);
  });

  const control = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://relay");
    response.setHeader("access-control-allow-origin", "*");
    if (pathname === "/hold") lost = 0;
    if (pathname === "/cut") {
      await new Promise((resolve) => {
        cut = () => lost < Number(searchParams.get("after")) || resolve();
        cut();
      });
      cut = () => {};
      lost = undefined;
      for (const end of connections) end();
    }
    response.end(JSON.stringify({ bytes }));
  });

  const listening = async (server) => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server.address().port;
  };
  return {
    ws: `ws://127.0.0.1:${await listening(front)}`,
    relay: `http://127.0.0.1:${await listening(control)}`,
    stop() {
      for (const end of connections) end();
      front.close();
      control.close();
      control.closeAllConnections();
    },
  };
}
