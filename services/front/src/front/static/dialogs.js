// Questions before what cannot be taken back, and the keys shown on the buttons.

export function wireDialogs() {
  document.addEventListener("click", (event) => {
    const ask = event.target.closest("[data-ask]");
    if (ask) document.getElementById(ask.dataset.ask).showModal();
    event.target.closest("[data-close]")?.closest("dialog").close();
    if (event.target.closest('a[aria-disabled="true"]')) event.preventDefault();
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
