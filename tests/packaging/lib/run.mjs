// Runs programs to their end, with their output for the failure message.

import { spawn } from "node:child_process";

export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let stdout = "";
    let both = "";
    child.stdout.on("data", (chunk) => ((stdout += chunk), (both += chunk)));
    child.stderr.on("data", (chunk) => (both += chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(stdout) : reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${both}`)),
    );
  });
}
