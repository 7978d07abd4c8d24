// Runs before anything is drawn: the writer's language and theme, so that nothing flashes.
(() => {
  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(`folio.${key}`));
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  // Gradio matches language tags exactly and has no switch: it is told the writer's choice as the browser's.
  const tag = /^zh/i.test(read("language") ?? navigator.language ?? "") ? "zh-CN" : "en";
  Object.defineProperty(navigator, "language", { get: () => tag, configurable: true });
  Object.defineProperty(navigator, "languages", { get: () => [tag], configurable: true });
  root.lang = tag;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const chosen = read("theme");
    const dark = chosen ? chosen === "dark" : system.matches;
    root.classList.toggle("dark", dark);
    document.body?.classList.toggle("dark", dark);
  };
  paint();
  system.addEventListener("change", paint);
  document.addEventListener("DOMContentLoaded", paint);
})();
