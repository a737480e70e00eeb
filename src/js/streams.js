// A socket as a pair of streams.

/** Write-side pressure is the socket's own; nothing can hold a server back, so what is not read is kept. */
export function streams(socket) {
  const readable = new ReadableStream({
    start(controller) {
      const take = (event) => controller.enqueue(event.data);
      socket.addEventListener("message", take);
      socket.addEventListener("close", (event) => {
        socket.removeEventListener("message", take);
        if (event.wasClean) controller.close();
        else controller.error(new DOMException(`The connection ended with ${event.code}.`, "NetworkError"));
      }, { once: true });
    },
    cancel() {
      socket.close();
    },
  });
  const writable = new WritableStream({
    async write(chunk) {
      socket.send(chunk);
      await socket.ready();
    },
    async close() {
      await socket.flushed();
      socket.close();
    },
    abort() {
      socket.terminate();
    },
  });
  return { readable, writable };
}
