import { WebSocket } from "partysocket";
import { plug } from "./plug.js";

export const connect = (url, opened, take) => plug(new WebSocket(url), opened, take);
