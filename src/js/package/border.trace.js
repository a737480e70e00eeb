// The imports of the wasm that writes traces. They include texts, which cross one code point at a time.

import { effect, number } from "../border.js";
import { inputText, writeNumber } from "../core.js";

export { install } from "../border.js";

/** Writes a text as code points and -1. A lone surrogate is written as it is. */
export function writeText(text) {
  for (const letter of text) writeNumber(letter.codePointAt(0));
  writeNumber(-1);
}

let written;

/** Returns the last text that the core wrote. */
export const lastText = () => written;

export const imports = {
  effect,
  number,
  letter(letter) {
    written = letter < 0 ? "" : written + String.fromCodePoint(letter);
  },
  spell: () => writeText(inputText),
};
