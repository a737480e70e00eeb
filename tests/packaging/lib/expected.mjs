// What a probe returns if everything works.

const echoed = (name) => ({
  name,
  events: ["open", "message", "close"],
  echoed: "grüße €",
  code: 1000,
  readyState: 3,
});

export const fine = { WebSocket: echoed("WebSocket"), SteadyWebSocket: echoed("SteadyWebSocket") };
