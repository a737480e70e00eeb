// Progress: one line that changes on a terminal, one line per case elsewhere.

const terminal = process.stderr.isTTY && !process.env.CI;

export function progress(label) {
  const started = Date.now();
  if (!terminal) console.error(`… ${label}`);
  return {
    detail(text) {
      if (terminal) process.stderr.write(`\r\x1b[K${`… ${label}: ${text}`.slice(0, 78)}`);
    },
    done() {
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.error(`${terminal ? "\r\x1b[K" : ""}✓ ${label} (${seconds} s)`);
    },
  };
}
