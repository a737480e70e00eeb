// Opens one socket of each class at an echo server, and returns the results.

export async function probe({ WebSocket, SteadyWebSocket }, url) {
  return { WebSocket: await echo(WebSocket, url), SteadyWebSocket: await echo(SteadyWebSocket, url) };
}

function echo(Class, url) {
  return new Promise((resolve) => {
    const socket = new Class(url);
    const told = { name: Class.name, events: [], echoed: null };
    const hear = (type, then) =>
      socket.addEventListener(type, (event) => {
        told.events.push(type);
        then(event);
      });
    hear("open", () => socket.send("grüße €"));
    hear("message", ({ data }) => {
      told.echoed = data;
      socket.close(1000);
    });
    hear("error", () => {});
    hear("close", ({ code }) => resolve({ ...told, code, readyState: socket.readyState }));
  });
}
