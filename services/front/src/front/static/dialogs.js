// Questions before what cannot be taken back, the way between steps, and the keys on the buttons.
import { go, main } from "./page.js";

export function wireDialogs() {
  document.addEventListener("click", (event) => {
    const ask = event.target.closest("[data-ask]");
    const asked = ask && ask.getAttribute("aria-disabled") !== "true" && document.getElementById(ask.dataset.ask);
    if (asked && !asked.open) asked.showModal();
    event.target.closest("[data-close]")?.closest("dialog").close();
    const language = event.target.closest("[data-language]");
    if (language) language.search = `?back=${encodeURIComponent(location.pathname + location.search)}`;
    const link = event.target.closest("#main a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-disabled") !== "true" && link.pathname === location.pathname) go(link.href);
    else if (link.getAttribute("aria-disabled") !== "true") location.assign(link.href);
  });
}

export function wireKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || main().inert) return;
    const question = document.querySelector("dialog[open]");
    if (question) {
      if (event.key === "Enter" && event.target.matches("input")) question.querySelector("[data-posts]")?.click();
      return;
    }
    const button = document.querySelector(`#main [data-key-press="${CSS.escape(event.key)}"]`);
    if (!button) return;
    // Enter presses what has the focus; only from a figure, or from nothing, it presses its button.
    if (event.key === "Enter" && event.target.matches("button, a, select, textarea, input:not([data-figure])")) return;
    event.preventDefault();
    if (!button.disabled && button.getAttribute("aria-disabled") !== "true") button.click();
  });
}
