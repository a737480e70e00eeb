// The options of a session, and the options that contradict it.

const refuse = (field, rule) => {
  throw new TypeError(`Failed to construct 'SteadyWebSocket': options.${field} ${rule}.`);
};

const MODES = ["off", "prefer", "require"];
/** From `session/src/limits.rs`. A shorter attempt would never find out that the server has no sessions. */
const HELLO_TIMEOUT = 2_000;
const DEFAULT_WINDOW = 256 << 10;

/** Returns the mode, the window, and the options of the steady class. */
export function read(options = {}) {
  // The steady class throws for it.
  if (options === null || typeof options !== "object") return { mode: "off", rest: options };
  const { session: mode = "prefer", sessionWindow: window, ...rest } = options;
  if (!MODES.includes(mode)) refuse("session", `must be one of ${MODES.join(", ")}`);
  const contradicts = (field, why) => refuse(field, `contradicts session: "${mode}": ${why}`);
  if (mode === "off") {
    if (window !== undefined) contradicts("sessionWindow", "remove it, or use another mode");
    return { mode, rest };
  }
  if (rest.inbound !== undefined) contradicts("inbound", "use options.sessionWindow to limit unread messages");
  if (mode === "require" && rest.heartbeat) {
    for (const name of ["message", "isReply"]) {
      if (rest.heartbeat[name] !== undefined) contradicts(`heartbeat.${name}`, "a session uses its own ping and pong");
    }
  }
  if (rest.connectTimeout <= HELLO_TIMEOUT) contradicts("connectTimeout", `the server's hello may take ${HELLO_TIMEOUT} ms, use more`);
  if (window !== undefined && !(Number.isSafeInteger(window) && window > 0)) {
    refuse("sessionWindow", "must be an integer above 0");
  }
  return { mode, window: window ?? DEFAULT_WINDOW, rest };
}
