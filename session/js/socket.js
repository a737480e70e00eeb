// The class. Its members are those of the steady class; what is behind them is chosen by `options.session`.

import { Brand } from "../../src/js/brand.js";
import { requireArguments } from "../../src/js/exceptions.js";
import { SteadyWebSocket as Steady, requireNative } from "../../src/js/socket.js";
import { SteadyInternals } from "../../src/js/steady.js";
import { SessionInternals } from "./internals.js";
import { read } from "./options.js";

export class SteadyWebSocket extends Steady {
  constructor(url, protocols, options) {
    requireArguments(arguments.length);
    requireNative();
    const { mode, window, rest } = read(options);
    // As the steady class does it, with other internals.
    const socket = Reflect.construct(EventTarget, [], new.target);
    const internals =
      mode === "off"
        ? new SteadyInternals(socket, url, protocols, rest)
        : new SessionInternals(socket, url, protocols, rest, { required: mode === "require", window });
    new Brand(socket, internals);
    internals.connect();
    return socket;
  }

  static {
    Object.defineProperty(this, "name", { value: "SteadyWebSocket", configurable: true });
  }
}
