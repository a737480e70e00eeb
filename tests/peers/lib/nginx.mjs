// Debian's nginx as a reverse proxy, with a configuration and a folder of its own, without privileges.

import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Program, sbin, scratch } from "./program.mjs";

/** Under `/hasty/` it waits this long for the backend to say something, instead of nginx's own 60 s. */
export const HASTY_SECONDS = 3;

/** `backends`: their hosts and ports, which take turns. */
export function nginx(port, ...backends) {
  const folder = scratch("nginx");
  const config = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`);
  writeFileSync(
    config,
    `daemon off;
pid ${folder}/pid;
error_log stderr;
worker_processes 1;
worker_shutdown_timeout 1s;
user ${userInfo().username};
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.join("\n  ")}
  upstream backends { ${backends.map((backend) => `server ${backend} max_fails=0;`).join(" ")} }
  server {
    listen 127.0.0.1:${port};
    add_header Access-Control-Allow-Origin * always;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    location / { proxy_pass http://backends; }
    location /hasty/ { proxy_pass http://backends/; proxy_read_timeout ${HASTY_SECONDS}s; }
  }
}
`,
  );
  return Program.command(port, sbin("nginx"), ["-e", "stderr", "-p", folder, "-c", config]);
}
