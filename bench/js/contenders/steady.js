import { SteadyWebSocket } from "steady-websocket";
import { plug } from "./plug.js";

/** The others have no bound at all; ours would refuse what is queued beyond 16 MiB. */
const options = { queue: { maxBytes: 1 << 30, maxCount: 1 << 30 } };

export const connect = (url, opened, take) => plug(new SteadyWebSocket(url, [], options), opened, take);
