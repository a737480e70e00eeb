import { Network } from "../../../pkg/network.js";

export function echo(url) {
  const network = new Network();
  network.listen(url, (request) => {
    const peer = request.accept();
    peer.onmessage = (data) => peer.send(data);
  });
  return { WebSocket: network.WebSocket, settled: (promise) => network.advance(promise) };
}
