// "Interface definition": the members that Web IDL requires.

import { Native, alone, both, equal, ok, thrown } from "../harness.js";

const MEMBERS = Reflect.ownKeys(Native.prototype);

const shape = (object, key) => {
  const { get, set, value, ...rest } = Object.getOwnPropertyDescriptor(object, key);
  const functions = [get, set, value].map((one) => (typeof one === "function" ? [one.name, one.length] : typeof one));
  return [rest, functions, typeof value === "function" ? "" : value];
};

both("every member is where and as Web IDL puts it", (t) => {
  const { Class } = t;
  for (const key of MEMBERS) {
    const [rest, functions, value] = shape(Class.prototype, key);
    t.note(key.toString(), rest, functions, key === "constructor" ? "" : value);
  }
  for (const key of Reflect.ownKeys(Native)) t.note(key.toString(), key === "prototype" ? "" : shape(Class, key));
  t.note(Object.getOwnPropertyDescriptor(Class, "prototype").writable);
});

both("own keys: order, and what is enumerable", (t) => {
  const { Class } = t;
  const ofNative = (key) => MEMBERS.includes(key);
  t.note(Reflect.ownKeys(Class.prototype).filter(ofNative).map(String), Object.keys(Class.prototype), Object.keys(Class));
  const socket = t.open();
  const seen = [];
  for (const key in socket) seen.push(key);
  t.note(seen, Reflect.ownKeys(socket).map(String), JSON.stringify(socket).length, Object.keys(socket));
});

alone("what is ours besides is out of sight", (t) => {
  for (const key of ["ready", "flushed", "terminate"]) {
    const { enumerable } = Object.getOwnPropertyDescriptor(t.Class.prototype, key);
    equal(enumerable, false, key);
  }
});

both("the class, called and inherited from", (t) => {
  const { Class } = t;
  t.note(thrown(() => Class(t.url("/echo"))), thrown(() => new Class()), Class.length, Class.name);
  t.note(Object.getPrototypeOf(Class) === EventTarget, Object.getPrototypeOf(Class.prototype) === EventTarget.prototype);
  t.note(`${Class.prototype}`, `${t.open()}`, typeof Class);
  class Derived extends Class {
    extra = 1;
    get readyState() {
      return super.readyState + 10;
    }
  }
  const socket = t.keep(new Derived(t.url("/echo")));
  t.note(socket instanceof Derived, socket instanceof Class, socket.extra, socket.readyState, socket.constructor === Derived);
  const constructed = t.keep(Reflect.construct(Class, [t.url("/echo")], Derived));
  t.note(constructed instanceof Derived, constructed.extra);
  t.note(thrown(() => Reflect.construct(Class, [], Derived)), Class.prototype.constructor === Class);
});

both("members refuse what is no socket", (t) => {
  const { Class } = t;
  for (const key of MEMBERS) {
    const { get, set, value } = Object.getOwnPropertyDescriptor(Class.prototype, key);
    for (const member of [get, set, key === "constructor" ? undefined : value]) {
      if (typeof member !== "function") continue;
      for (const object of [{}, undefined, null, new EventTarget(), Class.prototype, 1]) {
        t.note(key.toString(), thrown(() => member.call(object, "x")));
      }
    }
  }
  t.note(thrown(() => Class.prototype.readyState), thrown(() => Object.create(Class.prototype).url));
});

both("members can be shadowed and replaced as on any object", (t) => {
  const socket = t.open();
  t.note(thrown(() => { socket.readyState = 7; }), socket.readyState);
  t.note(thrown(() => Reflect.set(socket, "url", "x")), Reflect.set(socket, "url", "x"));
  Object.defineProperty(socket, "url", { value: "mine" });
  socket.extra = 1;
  t.note(socket.url, Object.keys(socket), delete socket.extra, Object.isExtensible(Object.freeze(socket)));
  socket.onopen = () => {};
  t.note(typeof socket.onopen, socket.readyState);
});

both("a new socket's attributes", (t) => {
  const socket = t.open();
  const { readyState, bufferedAmount, extensions, protocol, binaryType } = socket;
  t.note(readyState, bufferedAmount, extensions, protocol, binaryType);
  t.note(socket.onopen, socket.onerror, socket.onclose, socket.onmessage);
  equal(socket.url, t.url("/echo"));
});

both("binaryType takes its two values and ignores the rest", (t) => {
  const socket = t.open();
  for (const value of ["arraybuffer", "x", "", "Blob", null, undefined, 1, "blob", { toString: () => "arraybuffer" }]) {
    socket.binaryType = value;
    t.note(socket.binaryType);
  }
  t.note(thrown(() => { socket.binaryType = Symbol(); }), thrown(() => { socket.binaryType = { toString() { throw new RangeError(); } }; }));
});

both("handler attributes keep objects, drop the rest", (t) => {
  const socket = t.open();
  const object = {};
  for (const value of [() => {}, object, null, 1, "x", undefined, true, Symbol(), [], class {}]) {
    for (const name of ["onopen", "onmessage", "onerror", "onclose"]) {
      socket[name] = value;
      t.note(name, socket[name] === value, typeof socket[name], socket[name] === null);
    }
  }
});
