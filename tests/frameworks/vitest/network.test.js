import { expect, test, vi } from "vitest";
import "steady-websocket/network/vitest";
import { cases } from "../cases.js";

cases({
  test,
  expect,
  timers: {
    onlyFake: vi.isFakeTimers(),
    fake: () => vi.useFakeTimers(),
    real: () => vi.useRealTimers(),
    count: () => vi.getTimerCount(),
    advance: (ms) => vi.advanceTimersByTime(ms),
  },
});
