// The account of a run with a server that sends, too: for each direction, what was accepted against what was handled.

import { received } from "./messages.js";
import { wrongOrder } from "./order.js";

const SUMS = { accepted: 0, delivered: 0, twice: 0, discarded: 0, inDoubt: 0, onTheWire: 0, lost: 0 };

export function judgePair(run, subject, account) {
  const { mine, rules } = subject;
  const met = run.struck !== undefined;
  const common = {
    connections: run.connections.length,
    recovery: run.recovered && run.recovered - run.struck,
    met,
  };
  const whole = mine ? [...wrongOrder(rules, run.trace), ...sessionEnds(run, account)] : [];
  if (mine && met && !run.recovered) whole.push(`it did not come back: ${JSON.stringify(run.closed)}`);
  const directions = { "to the server": toServer(run, account), "to the client": toClient(run, account) };
  return Object.entries(directions).map(([way, { sums, wrong, illegal }]) => ({
    subject: `${run.subject}, ${way}`,
    ...common,
    ...sums,
    illegal: illegal.length + whole.length,
    wrong: mine ? [...whole, ...wrong, ...illegal] : [],
  }));
}

/** One session, which both ends closed. */
function sessionEnds(run, { sessions, ends }) {
  const wrong = run.losses.map((reason) => `the session was lost: ${reason}`);
  if (sessions !== 1 || `${ends}` !== "closed") {
    wrong.push(`${sessions} sessions, which ended so: ${ends}; here it ended so: ${JSON.stringify(run.closed)}`);
  }
  if (!run.closed) wrong.push("no close at the end");
  return wrong;
}

/** Which of our messages the server's application has handled. */
function toServer(run, account) {
  const arrivals = received([account], run.messages).flat();
  const last = new Map();
  for (const connection of run.connections) {
    const left = connection.neverLeft();
    for (const { number } of connection.handed) last.set(number, !left.has(number));
  }
  const fateOf = ({ number }) => {
    const words = run.words.get(number) ?? [];
    if (words.length) return words.includes("in-doubt") ? "inDoubt" : "discarded";
    return last.get(number) ? "onTheWire" : "lost";
  };
  const found = count(run.messages, arrivals, fateOf);
  for (const { number } of run.messages) {
    const fate = run.fates.get(number);
    const expected = run.words.get(number)?.[0] ?? "delivered";
    if (run.tracked.has(number) && fate !== expected) found.wrong.push(`message ${number}: its fate is ${fate}, but it was ${expected}`);
  }
  return found;
}

/** Which of the server's messages this application has handled. */
function toClient(run, { sent, fates }) {
  const arrivals = run.echoes.map(({ number, kind, length, hash }) => {
    const of = sent[number];
    return of && of.kind === kind && of.length === length && of.hash === hash ? number : undefined;
  });
  const messages = sent.map((message, number) => ({ ...message, number, size: message.length }));
  const fateOf = ({ number, alone }) => {
    const [, , fate] = fates.find(([first, final]) => first <= number && number <= final) ?? [];
    if (fate) return fate === "in-doubt" ? "inDoubt" : "discarded";
    return alone === false ? "onTheWire" : "lost";
  };
  return count(messages, arrivals, fateOf);
}

/** `fateOf` says what became of a message that did not arrive. */
function count(messages, arrivals, fateOf) {
  const sums = { ...SUMS };
  const wrong = [];
  const times = new Map();
  for (const number of arrivals) times.set(number, (times.get(number) ?? 0) + 1);
  for (const message of messages) {
    const { number, kind, size } = message;
    const arrived = times.get(number) ?? 0;
    sums.accepted++;
    if (arrived) {
      sums.delivered++;
      sums.twice += arrived - 1;
      if (arrived > 1) wrong.push(`message ${number} arrived ${arrived} times`);
      continue;
    }
    const fate = fateOf(message);
    sums[fate]++;
    wrong.push(`${fate}: message ${number}, ${kind} of ${size} bytes`);
  }
  const illegal = [];
  if (times.has(undefined)) illegal.push(`${times.get(undefined)} messages arrived that nobody sent`);
  let greatest = -1;
  for (const number of arrivals) {
    // Messages that arrive twice are counted as doubled.
    if (number < greatest && times.get(number) === 1) illegal.push(`message ${number} arrived after ${greatest}`);
    greatest = Math.max(greatest, number ?? -1);
  }
  return { sums, wrong, illegal };
}
