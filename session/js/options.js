// The options that a session adds, and those that contradict it.

const refuse = (field, rule) => {
  throw new TypeError(`Failed to construct 'SteadyWebSocket': options.${field} ${rule}.`);
};

const MODES = ["off", "prefer", "require"];
/** `session/src/limits.rs`; an attempt that ends before never learns that a server is plain. */
const HELLO_WITHIN = 2_000;
const USUAL_WINDOW = 256 << 10;

/** Returns the mode, the window, and the options of the steady class. */
export function read(options = {}) {
  // The steady class refuses it.
  if (options === null || typeof options !== "object") return { mode: "off", rest: options };
  const { session: mode = "prefer", sessionWindow: window, ...rest } = options;
  if (!MODES.includes(mode)) refuse("session", `must be one of ${MODES.join(", ")}`);
  const contradicts = (field, why) => refuse(field, `contradicts session: "${mode}": ${why}`);
  if (mode === "off") {
    if (window !== undefined) contradicts("sessionWindow", "there is no session");
    return { mode, rest };
  }
  if (rest.inbound !== undefined) contradicts("inbound", "the window limits what is not read, and nothing is dropped");
  if (mode === "require" && rest.heartbeat) {
    for (const name of ["message", "isReply"]) {
      if (rest.heartbeat[name] !== undefined) contradicts(`heartbeat.${name}`, "a session has its own");
    }
  }
  if (rest.connectTimeout <= HELLO_WITHIN) contradicts("connectTimeout", `the hello may take ${HELLO_WITHIN} ms`);
  if (window !== undefined && !(Number.isSafeInteger(window) && window > 0)) {
    refuse("sessionWindow", "must be an integer above 0");
  }
  return { mode, window: window ?? USUAL_WINDOW, rest };
}
