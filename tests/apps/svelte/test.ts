// The entry of Vite's template, with the tests' access to the app.

import { mount as show, unmount as hide } from "svelte";
import App from "./App.svelte";

let app: Record<string, any>;
const mount = () => (app = show(App, { target: document.getElementById("app")! }));
Object.assign(globalThis, { app: { mount, unmount: () => void hide(app) } });
mount();
