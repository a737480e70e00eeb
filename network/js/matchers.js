// Assertions on what peers received, for `expect.extend` of Vitest and Jest: `network.vitest.js` and `network.jest.js`.

const RECEIVED = Symbol.for("steady-websocket.received");
/** Milliseconds, on the clock of the network. */
const TIMEOUT = 1000;

const isBytes = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

const bytesOf = (value) =>
  ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);

/** The message as it is compared: bytes as such, and text as JSON if an object is expected. */
function comparable(message, expected) {
  if (typeof message !== "string" || Object(expected) !== expected || isBytes(expected)) return message;
  try {
    return JSON.parse(message);
  } catch {
    // Not JSON. An asymmetric matcher may expect a string.
    return message;
  }
}

function equals(context, message, expected) {
  const compare = (one, other) => context.equals(one, other, context.customTesters);
  if (isBytes(expected)) return typeof message !== "string" && compare(message, bytesOf(expected));
  return compare(message, expected) || compare(comparable(message, expected), expected);
}

/** A result that fails with or without `.not`. */
const failure = (context, message) => ({ pass: context.isNot, message });

const hint = ({ utils, isNot, promise }, name) => utils.matcherHint(name, "peer", "expected", { isNot, promise });

function receivedBy(context, name, peer) {
  const received = peer?.[RECEIVED];
  if (received) return { received };
  const message = () =>
    `${hint(context, name)}\n\nThe value must be a peer: what \`request.accept()\` returns.\nReceived: ${context.utils.printReceived(peer)}`;
  return { wrong: failure(context, message) };
}

async function toReceiveMessage(peer, expected, { timeout = TIMEOUT } = {}) {
  if (!(Number.isFinite(timeout) && timeout >= 0)) throw new TypeError("timeout must be a number of milliseconds, 0 or more.");
  const name = "toReceiveMessage";
  const { received, wrong } = receivedBy(this, name, peer);
  if (wrong) return wrong;
  const { utils } = this;
  const message = await received.next(timeout);
  if (message === undefined) {
    return failure(this, () => `${hint(this, name)}\n\nThe peer received no message in ${timeout} ms of the network's time.`);
  }
  const pass = equals(this, message, expected);
  const actual = comparable(message, expected);
  return {
    pass,
    actual,
    expected,
    message: () => {
      const lines = `${hint(this, name)}\n\nExpected the next message ${pass ? "not " : ""}to be: ${utils.printExpected(expected)}`;
      const difference = pass ? "" : `\n\n${utils.diff(expected, actual, { expand: this.expand }) ?? ""}`;
      return `${lines}\nReceived: ${utils.printReceived(actual)}${difference}`;
    },
  };
}

function toHaveReceivedMessages(peer, expected) {
  if (!Array.isArray(expected)) throw new TypeError("expected must be an array of messages.");
  const name = "toHaveReceivedMessages";
  const { received, wrong } = receivedBy(this, name, peer);
  if (wrong) return wrong;
  const { isNot, utils } = this;
  const { messages, forgotten } = received;
  const found = expected.map((one) => messages.some((message) => equals(this, message, one)));
  // With `.not` none of them may have been received.
  const pass = isNot ? found.some(Boolean) : found.every(Boolean);
  return {
    pass,
    actual: messages,
    expected,
    message: () => {
      const rest = forgotten ? `\nThe oldest ${forgotten} are not remembered.` : "";
      const lines = `${hint(this, name)}\n\nExpected ${isNot ? "none" : "all"} of: ${utils.printExpected(expected)}`;
      return `${lines}\nReceived: ${utils.printReceived(messages)}${rest}`;
    },
  };
}

export const matchers = { toReceiveMessage, toHaveReceivedMessages };
