// Questions before what cannot be taken back, the way between steps, and the keys on the buttons.
import { go } from "./page.js";

export function wireDialogs() {
  document.addEventListener("click", (event) => {
    const ask = event.target.closest("[data-ask]");
    if (ask) document.getElementById(ask.dataset.ask).showModal();
    event.target.closest("[data-close]")?.closest("dialog").close();
    const link = event.target.closest("#main a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-disabled") !== "true" && link.pathname === location.pathname) go(link.href);
    else if (link.getAttribute("aria-disabled") !== "true") location.assign(link.href);
  });
}

export function wireKeys() {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.repeat) return;
    const button = document.querySelector(`#main [data-key-press="${CSS.escape(event.key)}"]`);
    if (!button || button === document.activeElement || event.target.matches("select, textarea")) return;
    if (event.key === "Enter" && event.target.matches("button, a, input")) return;
    event.preventDefault();
    if (!button.disabled) button.click();
  });
}
