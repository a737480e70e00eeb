// One conversation, the same in every runtime: its wire must be the same byte for byte.

/** How it ends, and the SHA-256 of the capture. */
export const WIRE = "4000 enough true 0935511bd910661e22d8b071514e7a9a078e9f62638ab73410a05f35398b5f48";

export async function conversation(Network) {
  const network = new Network({ seed: 20261128, latency: 7, bandwidth: 100_000, buffer: 4096, origin: "https://app.test" });
  const sent = ["text", "€uro", new Uint8Array(5000), new Blob(["a blob"]), ""];
  network.listen("wss://server.test/room", (request) => {
    const peer = request.accept({ protocol: request.protocols[1] });
    peer.onmessage = (data) => {
      peer.send(data);
      if (data === "") peer.close(4000, "enough");
    };
  });
  const socket = new network.WebSocket("wss://server.test/room?token=1", ["one", "two"]);
  socket.onopen = () => sent.forEach((data) => socket.send(data));
  const closed = new Promise((resolve) => (socket.onclose = resolve));
  const { code, reason, wasClean } = await network.advance(closed);
  await network.idle();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", network.pcapng()));
  return `${code} ${reason} ${wasClean} ${[...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
