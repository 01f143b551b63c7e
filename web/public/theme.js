/* Sets the theme before the first paint, so that a dark room never flashes white. Stores and sends nothing. */
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("theme");
  } catch {
    /* Storage may be forbidden; the system's preference then decides. */
  }
  const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
})();
