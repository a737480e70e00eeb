import { webSocket } from "rxjs/webSocket";

/** By default it encodes JSON, unlike the others. */
const plain = { binaryType: "arraybuffer", serializer: (value) => value, deserializer: (event) => event.data };

export function connect(url, opened, take) {
  const subject = webSocket({ url, openObserver: { next: opened }, ...plain });
  const closed = () => {};
  subject.subscribe({ next: take, error: closed });
  return { send: (data) => subject.next(data), close: () => subject.complete() };
}
