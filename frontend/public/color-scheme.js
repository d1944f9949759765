// Runs before the first paint, so that a dark page never flashes white. A file of its own because
// the content security policy allows no inline script.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("datalab-color-scheme");
  } catch {
    // Storage is switched off: follow the system.
  }
  const dark =
    chosen === "dark" ||
    (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
