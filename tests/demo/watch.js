// Loaded before the page's own scripts: everything that goes wrong in it.
globalThis.wrongs = [];
addEventListener("error", ({ message }) => wrongs.push(`thrown: ${message}`));
addEventListener("unhandledrejection", ({ reason }) => wrongs.push(`rejected: ${reason}`));
for (const level of ["error", "warn"]) {
  const say = console[level];
  console[level] = (...words) => {
    wrongs.push(`console.${level}: ${words.join(" ")}`);
    say.apply(console, words);
  };
}
