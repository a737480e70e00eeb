// The limit: nothing can be faster than what all the others stand on.

import { plug } from "./plug.js";

const Native = globalThis.WebSocket;

export const connect = (url, opened, take) => plug(new Native(url), opened, take);
