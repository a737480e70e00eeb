/**
 * Adds matchers for peers of a network to Jest's `expect`.
 *
 * @module
 */
import "@jest/expect";
import type { PeerMatchers } from "./network.matchers.js";

declare module "@jest/expect" {
  interface Matchers<R extends void | Promise<void>> extends PeerMatchers<R> {}
}
