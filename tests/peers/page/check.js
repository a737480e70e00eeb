// Comparisons and waits for the cases.

const show = (value) =>
  JSON.stringify(value, (_, part) =>
    part instanceof ArrayBuffer || ArrayBuffer.isView(part) ? `bytes ${[...new Uint8Array(part.buffer ?? part)]}` : part,
  );

export function equal(actual, expected, what = "it") {
  if (show(actual) !== show(expected)) throw new Error(`${what} is ${show(actual)}, not ${show(expected)}`);
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The next event, of `addEventListener` or of Node's `once`. */
export const next = (source, type) =>
  new Promise((resolve) =>
    source.addEventListener ? source.addEventListener(type, resolve, { once: true }) : source.once(type, resolve),
  );

export async function until(holds, what = holds) {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await pause(10);
  }
}

/** 0, 1, 2, … */
export const numbers = (length) => Array.from({ length }, (_, n) => n);

/** Bytes in which a mistake shows. */
export const pattern = (length) => Uint8Array.from({ length }, (_, n) => (n * 31 + (n >> 8)) & 255);
