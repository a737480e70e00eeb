// The entry of Vite's template, with the tests' access to the app.

import { StrictMode, createElement, type ReactNode } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import App from "./App.tsx";

const root = createRoot(document.getElementById("app")!);
const render = (node: ReactNode) => flushSync(() => root.render(node));
const mount = () => render(createElement(StrictMode, null, createElement(App)));
Object.assign(globalThis, { app: { mount, unmount: () => render(null) } });
mount();
