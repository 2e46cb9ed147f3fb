// 伝票訂正: what is added to the list goes into the address, so that a reload keeps the draft.
import { figureOf, setFigure } from "./figures.js";
import { go, main } from "./page.js";

export function showMissing() {
  const input = main().querySelector("[data-correct] [data-figure]");
  if (input) setFigure(input, figureOf(input));
}

export function wireCorrection() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-tender]");
    const place = button?.closest("[data-correct]");
    const amount = place ? figureOf(place.querySelector("[data-figure]")) : 0;
    if (!amount) return;
    const method = button.dataset.addTender;
    const kind = method === "other" ? `.${document.getElementById("correct-kind").value}` : "";
    const address = new URL(place.dataset.correct, location);
    address.searchParams.append("add", `${method}.${amount}${kind}`);
    go(address.href);
  });
}
