// A tap that comes before the page's modules are there is kept, and done as soon as they are: on a slow
// tablet a button is seen, and pressed, before anything listens to it. Not a module, so that it is first.
{
  const taps = [];
  const again = "[data-key], [data-good], [data-note]"; // As in taps.js: tapped twice on purpose.
  const keep = (event) => {
    const button = event.target.closest("#main button[type=button]");
    if (!button) return;
    event.stopImmediatePropagation();
    if (taps.at(-1) !== button || button.matches(again)) taps.push(button);
  };
  document.addEventListener("click", keep, true);
  document.addEventListener("renkei:ready", () => {
    document.removeEventListener("click", keep, true);
    for (const button of taps) if (button.isConnected) button.click();
  }, { once: true });
}
