import type { SteadyWebSocket as Steady } from "./index.js";

declare global {
  var SteadyWebSocket: typeof Steady;
  interface SteadyWebSocket extends Steady {}
}
