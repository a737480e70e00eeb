/**
 * Adds matchers for peers of a network to Vitest's `expect`.
 *
 * @module
 */
import "vitest";
import type { PeerMatchers } from "./network.matchers.js";

declare module "vitest" {
  // As Vitest declares it, or the two do not merge.
  interface Matchers<T = any> extends PeerMatchers<void> {}
}
