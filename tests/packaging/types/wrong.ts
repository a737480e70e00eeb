import { SteadyWebSocket } from "steady-websocket";

new SteadyWebSocket(7);
new SteadyWebSocket();
