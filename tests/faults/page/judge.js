// The account of one run: compares the server's log with what the socket reported, message by message.

import { received } from "./messages.js";
import { wrongOrder } from "./order.js";

export function judge(run, { mine, rules, returns }, log) {
  const byConnection = received(log.connections, run.messages);
  const arrivals = byConnection.flat();
  const arrived = new Map();
  for (const number of arrivals) arrived.set(number, (arrived.get(number) ?? 0) + 1);
  const last = lastConnection(run.connections);
  // This side closed and the handshake completed: the peer received everything before it.
  const proven = (connection) => connection.clean && run.trace.some(({ type }) => type === "asked") && run.closed?.clean
    && run.closed.code === 1000 && connection === run.connections.findLast(({ opened }) => opened);

  const sums = { accepted: 0, delivered: 0, twice: 0, discarded: 0, inDoubt: 0, onTheWire: 0, lost: 0 };
  const wrong = [];
  for (const { number, kind, size, state } of run.messages) {
    sums.accepted++;
    const words = run.words.get(number) ?? [];
    const notSent = words.some((word) => word !== "in-doubt");
    const count = arrived.get(number) ?? 0;
    if (count) sums.delivered++;
    if (count > 1) {
      sums.twice += count - 1;
      wrong.push(`message ${number} arrived ${count} times`);
    }
    if (words.includes("in-doubt")) sums.inDoubt++;
    if (notSent) sums.discarded++;
    if (words.length > 1) wrong.push(`two words about message ${number}: ${words}`);
    if (notSent && count) wrong.push(`message ${number} is said not to have been sent (${words}), and arrived`);
    if (run.tracked.has(number)) wrong.push(...unlike(number, words, run.fates.get(number)));
    if (count || words.length) continue;
    const connection = last.get(number);
    if (rules === "strict" && (!connection || connection.left.has(number))) {
      // The standard: the bytes stay in bufferedAmount.
      sums.discarded++;
    } else if (!mine && !connection && run.left > 0) {
      // Still queued, and included in its bufferedAmount.
      sums.discarded++;
    } else if (connection && !connection.left.has(number) && !proven(connection.of)) {
      sums.onTheWire++;
    } else {
      sums.lost++;
      wrong.push(`lost without a word: message ${number}, ${kind} of ${size} bytes, sent in state ${state}, ${
        connection ? `handed to connection ${run.connections.indexOf(connection.of) + 1}` : "handed to none"}`);
    }
  }
  if (rules === "strict") wrong.push(...unaccounted(run, last));
  if (arrivals.includes(undefined)) wrong.push("the server received what nobody sent");
  const illegal = [...wrongOrder(rules, run.trace), ...outOfOrder(arrivals, run.echoes)];
  if (mine && !run.closed) illegal.push("no close at the end");
  const { ends } = run.fault;
  const met = run.struck !== undefined && (!ends || run.connections.some(({ code }) => ends.includes(code)));
  const back = Boolean(run.recovered);
  if (mine && returns && met && back === Boolean(ends)) {
    wrong.push(back ? "it came back after a code that ends it" : `it did not come back: ${JSON.stringify(run.closed)}`);
  }
  return {
    ...sums,
    illegal: illegal.length,
    connections: run.connections.length,
    recovery: run.recovered && run.recovered - run.struck,
    met,
    wrong: mine ? [...wrong, ...illegal] : [],
  };
}

/** The last connection that each message was handed to, and what had not left that one. */
function lastConnection(connections) {
  const last = new Map();
  for (const of of connections) {
    const left = of.neverLeft();
    for (const { number } of of.handed) last.set(number, { of, left });
  }
  return last;
}

/** Where what `discard` says and the fate that was promised differ. */
function unlike(number, [word], fate) {
  const expected = word ?? "handed-over";
  return fate === expected ? [] : [`message ${number}: its fate is ${fate}, but it was ${expected}`];
}

/** A closed strict socket's bufferedAmount is what was never sent, to the byte. */
function unaccounted(run, last) {
  const unhanded = run.messages.filter(({ number }) => !last.has(number));
  const stays = unhanded.reduce((sum, { size }) => sum + size, run.connections[0].unsent);
  const says = run.socket.bufferedAmount;
  return says === stays ? [] : [`bufferedAmount is ${says} at the end, and ${stays} bytes were not sent`];
}

/** The server receives in the order of sending, and the echoes come in that order. */
function outOfOrder(arrivals, echoes) {
  const wrong = [];
  // What arrives twice is counted as doubled.
  [...new Set(arrivals)].reduce((before, number) => {
    if (number < before) wrong.push(`message ${number} arrived after ${before}`);
    return Math.max(before, number);
  }, -1);
  let at = 0;
  for (const number of echoes) {
    if (Number.isNaN(number)) continue;
    const place = arrivals.indexOf(number, at);
    if (place < 0) wrong.push(`an echo of message ${number}, which is not due`);
    else at = place + 1;
  }
  return wrong;
}
