/** What the matchers compare a message with: a string, bytes, a value that its text is as JSON, or an asymmetric matcher. */
export type ExpectedMessage = string | object;

/** The matchers of `steady-websocket/network/vitest` and `steady-websocket/network/jest`. */
export interface PeerMatchers<R> {
  /**
   * Lets the network's time pass until the peer has received the next message, and compares it. Each call takes one
   * message, in order; `onmessage` and iteration are not affected. Fails if none arrives within `timeout` milliseconds of
   * the network's time (default: 1000), also with `.not`.
   */
  toReceiveMessage(expected: ExpectedMessage, options?: { timeout?: number }): Promise<R>;
  /** All of these messages are among those received so far, in any order; with `.not` none of them is. */
  toHaveReceivedMessages(expected: ExpectedMessage[]): R;
}
