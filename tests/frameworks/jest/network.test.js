import { expect, jest, test } from "@jest/globals";
import "steady-websocket/network/jest";
import { cases } from "../cases.js";

cases({
  test,
  expect,
  timers: {
    onlyFake: setTimeout.clock !== undefined,
    fake: () => jest.useFakeTimers(),
    real: () => jest.useRealTimers(),
    count: () => jest.getTimerCount(),
    advance: (ms) => jest.advanceTimersByTime(ms),
  },
});
