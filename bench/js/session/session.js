import { SteadyWebSocket } from "../../../pkg/session.js";
import { plug } from "../contenders/plug.js";

/** The others have no bound at all; ours would refuse what is queued beyond 16 MiB. */
const queue = { maxBytes: 1 << 30, maxCount: 1 << 30 };

export function connect(url, opened, take) {
  const socket = new SteadyWebSocket(url, [], { session: "require", queue, backoff: { first: 1, floor: 1 } });
  return plug(socket, opened, take);
}
