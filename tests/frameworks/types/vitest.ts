import { expect } from "vitest";
import type { Peer } from "steady-websocket/network";
import "steady-websocket/network/vitest";

export async function use(peer: Peer) {
  await expect(peer).toReceiveMessage("text", { timeout: 10 });
  await expect(peer).not.toReceiveMessage({ type: "json" });
  const nothing: void = expect(peer).toHaveReceivedMessages(["text", new Uint8Array(1), expect.anything()]);
  // @ts-expect-error
  expect(peer).toHaveReceivedMessages("text");
  // @ts-expect-error
  await expect(peer).toReceiveMessage(1);
  return nothing;
}
