// The `SteadyWebSocket` class of this entry. `options.session` selects its internals.

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
    // Constructed like the steady class, with other internals.
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
