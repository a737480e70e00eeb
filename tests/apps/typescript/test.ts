// The page's own program, and what the tests do to it.

import { openChat } from "./chat.ts";
import { close as closeFirst } from "./main.ts";

let close = closeFirst;
const mount = () => (close = openChat(document.querySelector<HTMLElement>("#app")!));
Object.assign(globalThis, { app: { mount, unmount: () => close() } });
