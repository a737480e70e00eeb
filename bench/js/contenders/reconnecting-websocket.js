import ReconnectingWebSocket from "reconnecting-websocket";
import { plug } from "./plug.js";

export const connect = (url, opened, take) => plug(new ReconnectingWebSocket(url), opened, take);
