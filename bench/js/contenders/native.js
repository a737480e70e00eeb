// The limit: nothing can be faster than the class that all others use.

import { plug } from "./plug.js";

const Native = globalThis.WebSocket;

export const connect = (url, opened, take) => plug(new Native(url), opened, take);
