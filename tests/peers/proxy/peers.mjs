// nginx in front of the fault server.

import { testServer } from "../../browser/server.mjs";
import { HASTY_SECONDS, nginx } from "../lib/nginx.mjs";

const { line, stop } = await testServer();
const { ws, http } = JSON.parse(line);

export const peers = {
  nginx: { server: (port) => nginx(port, new URL(ws).host), about: { control: http, hasty: HASTY_SECONDS * 1000 } },
};

export { stop };
