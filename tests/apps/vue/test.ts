// The entry of Vite's template, with the tests' access to the app.

import { createApp, type App as Mounted } from "vue";
import App from "./App.vue";

let app: Mounted;
function mount() {
  app = createApp(App);
  app.mount("#app");
}
Object.assign(globalThis, { app: { mount, unmount: () => app.unmount() } });
mount();
