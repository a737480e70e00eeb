// "new WebSocket(url, protocols)", step by step.

import { both, browser, departure, equal, thrown } from "../harness.js";

const build = (t, ...args) => {
  let socket;
  const error = thrown(() => {
    socket = t.keep(new t.Class(...args));
  });
  return error ?? socket;
};

// "If urlRecord is failure, then throw a "SyntaxError" DOMException."
both("addresses that are none", (t) => {
  for (const url of ["http://", "ws://a b", "ws://[", "wss://", "ws://a:99999", "ws://%", "//", "ws:///", "ws://x:y"]) {
    const made = build(t, url);
    t.note(url, made.url ?? made);
  }
});

// "If urlRecord's scheme is "http", then set urlRecord's scheme to "ws"", and so on.
both("schemes", (t) => {
  for (const scheme of ["ws", "wss", "http", "https", "ftp", "file", "data", "about", "javascript", "mailto", "blob", "WS", "HtTp", "x-ws"]) {
    const made = build(t, `${scheme}://127.0.0.1:1/path?x=1`);
    t.note(scheme, made.url ?? made);
  }
  for (const url of ["http://127.0.0.1:80/", "https://127.0.0.1:443/", "ws://127.0.0.1:80/", "http://127.0.0.1:443/", "https://127.0.0.1:80"]) {
    const made = build(t, url);
    t.note(url, made.url ?? made);
  }
});

// "Let baseURL be this's relevant settings object's API base URL."
departure(
  "an empty address is the page's own",
  (t) => {
    const made = build(t, "");
    return made.url?.replace(/^ws/, "http") === (globalThis.document?.baseURI ?? location.href) || made;
  },
  true,
  { firefox: "DOMException SyntaxError" },
);

if (globalThis.document) departure(
  "addresses are relative to the page's <base>",
  (t) => {
    const base = document.head.appendChild(document.createElement("base"));
    base.href = "https://127.0.0.1:1/folder/";
    const made = ["file", "?query", "http:file"].map((url) => build(t, url).url);
    base.remove();
    return made.map((url) => url.replace(location.host, "page"));
  },
  ["wss://127.0.0.1:1/folder/file", "wss://127.0.0.1:1/folder/?query", "ws://file/"],
  { firefox: ["ws://page/file", "ws://page/index.html?query", "ws://page/file"] },
);

both("relative addresses", (t) => {
  for (const url of ["/path", "path", "?query", ".", "//127.0.0.1:1/x", "../y", "\tz ", "a:b"]) {
    const made = build(t, url);
    t.note(url, made.url ?? made);
  }
});

// "If urlRecord's fragment is non-null, then throw a "SyntaxError" DOMException."
both("fragments", (t) => {
  for (const url of ["#", "#x", "ws://127.0.0.1:1/#", "ws://127.0.0.1:1/#x", "ws://127.0.0.1:1/%23", "ftp://127.0.0.1:1/#x"]) {
    const made = build(t, url);
    t.note(url, made.url ?? made);
  }
});

both("the address is a USVString, serialised", (t) => {
  const odd = ["ws://127.0.0.1:1/\ud800?\udc00", "ws://127.0.0.1:1/é?é=ü", "ws://user:pw@127.0.0.1:1/", "ws://EXAMPLE.invalid:1/ /%zz", "ws://127.1:1"];
  const objects = [{ toString: () => "ws://127.0.0.1:1/o" }, new URL("ws://127.0.0.1:1/u"), ["ws://127.0.0.1:1/l"], null, undefined, 1, true];
  for (const url of [...odd, ...objects]) {
    const made = build(t, url);
    t.note(String(url), made.url ?? made);
  }
  t.note(build(t, Symbol()), build(t, { toString() { throw new RangeError(); } }));
});

const LISTS = [
  undefined, null, "", "a", "a b", "a,b", [], [""], ["a", "a"], ["a", "A"], ["a", "b"], ["é"], ["\ud800"], ["a\u0000"],
  [1, null, undefined], ["\x7f"], ["\x21"], ["\x20"], ["~"], ["("], ["a\nb"], ["a", "b", "b"], 5, true, {}, { length: 1, 0: "a" },
  new Set(["a", "b"]), new Set(["a", "b c"]), new String("a"), { toString: () => "x" },
  { [Symbol.iterator]: 1 }, { [Symbol.iterator]: () => 1 }, ["a", Symbol()], Symbol(), () => {}, /x/, [["a", "b"]], [["a"]],
];

// "If any of the values in protocols occur more than once or otherwise fail to match the requirements …"
both("protocols: strings, sequences, and what they may hold", (t) => {
  for (const [place, list] of LISTS.entries()) {
    const made = build(t, t.url("/echo"), list);
    t.note(place, typeof list, typeof made === "string" ? made : "made");
  }
});

both("the order of the checks", (t) => {
  const order = [];
  const url = { toString: () => (order.push("url"), "x:#") };
  const list = { get [Symbol.iterator]() { order.push("list"); return [].values; } };
  t.note(build(t, url, list), order);
  t.note(build(t, "ftp://x/", ["a", "a"]), build(t, "ws://x/#", ["a", "a"]), build(t, Symbol(), Symbol()));
}, { webkit: "it looks for the iterator first" });

// The port belongs to Fetch, which comes after the constructor's last check.
departure(
  "protocols are checked whatever the port",
  (t) => {
    const made = build(t, "ws://127.0.0.1:1/", ["a", "a"]);
    return made.url ?? made;
  },
  "DOMException SyntaxError",
  { webkit: "ws://127.0.0.1:1/" },
);

const NULL_ITERATOR = { [Symbol.iterator]: null, toString: () => "y" };

// Web IDL, "convert an ECMAScript value to an IDL union type": "Let method be ? GetMethod(V, %Symbol.iterator%)", and
// GetMethod has null for none.
departure(
  "protocols: an iterator that is null is none",
  (t) => {
    const made = build(t, "ws://127.0.0.1:1/", NULL_ITERATOR);
    return made.url ?? made;
  },
  "ws://127.0.0.1:1/",
  { firefox: "TypeError TypeError" },
);

/** What an iterable hears, step by step, whose one item is `item`. */
function watched(t, url, item) {
  const order = [];
  let count = 0;
  const step = () => ({
    get done() { order.push("done"); return count++ > 0; },
    get value() { order.push("value"); return item; },
  });
  const iterator = {
    get next() { order.push("next"); return step; },
    get return() { order.push("return"); return () => ({}); },
  };
  const list = { get [Symbol.iterator]() { order.push("method"); return () => (order.push("call"), iterator); } };
  const made = build(t, { toString: () => (order.push("url"), url) }, list);
  return [made.url ?? made, order.join(" ")];
}

// ECMAScript, IteratorStepValue: "Let done be ? IteratorComplete(result). … If done is true, … return done. Let value be
// ? IteratorValue(result)." Web IDL: the arguments are converted in their order, and the method is got once.
departure(
  "protocols: an iterator's steps",
  (t) => watched(t, "ws://127.0.0.1:1/", "a"),
  ["ws://127.0.0.1:1/", "url method call next done value done"],
  {
    chromium: ["ws://127.0.0.1:1/", "url method call next value done value done"],
    webkit: ["ws://127.0.0.1:1/", "method url method call next done value done"],
  },
);

// Web IDL, "creating a sequence from an iterable": what is wrong with an item does not close the iterator.
departure(
  "protocols: an item that is none does not close the iterator",
  (t) => watched(t, "ws://127.0.0.1:1/", Symbol()),
  ["TypeError TypeError", "url method call next done value"],
  {
    chromium: ["TypeError TypeError", "url method call next value done"],
    webkit: ["TypeError TypeError", "method url method call next done value return"],
  },
);

both("protocols: iterators that are none", (t) => {
  for (const wrong of [undefined, null, 1, {}, { next: 1 }, { next: () => 1 }]) t.note(build(t, "ws://127.0.0.1:1/", { [Symbol.iterator]: () => wrong }));
});

both("the sub-protocol the server chose", async (t) => {
  for (const [path, list] of [["/echo", ["one", "two"]], ["/echo?protocol=two", ["one", "two"]], ["/echo", []], ["/echo", "one"]]) {
    const socket = t.open(path, list);
    t.note(socket.protocol);
    await t.next(socket, "open");
    t.note(socket.protocol, socket.extensions);
    socket.close();
    await t.next(socket, "close");
    t.note(socket.protocol, socket.extensions);
  }
});

/** What RFC 6455 calls a failure, and a browser overlooks: the socket opens there. */
const OVERLOOKED = { "/refuse?how=protocol": ["firefox"], "/echo?protocol=none": ["firefox", "webkit"] };

both("handshakes that fail: error, then close 1006", async (t) => {
  for (const path of ["/refuse", "/refuse?status=200", "/refuse?how=accept-key", "/refuse?how=protocol", "/refuse?how=extension", "/echo?protocol=none"]) {
    const socket = t.open(path, path.startsWith("/echo") ? ["offered"] : []);
    const seen = [];
    for (const type of ["open", "error", "close"]) {
      socket.addEventListener(type, (event) => seen.push([type, socket.readyState, event.constructor.name, event.isTrusted, event.bubbles, event.cancelable]));
    }
    const overlooked = OVERLOOKED[path]?.includes(browser);
    // The emulated class overlooks nothing.
    if (overlooked && !t.memory) {
      await t.next(socket, "open");
      socket.close();
      continue;
    }
    const { code, reason, wasClean } = await t.next(socket, "close");
    if (!overlooked) t.note(path, seen, code, reason, wasClean);
    equal(code, 1006, "code");
  }
});
