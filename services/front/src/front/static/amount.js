// The amount of one tender: 残額 fills it; cash shows its change; the terminal asks once more.
import { once, post } from "./act.js";
import { figureOf, setFigure } from "./figures.js";
import { go, holding, main, standAt, yen } from "./page.js";

export function wireAmount() {
  const place = main().querySelector("[data-amount]");
  if (!place) return;
  const { method, saleId, seen, intentName } = place.dataset;
  const balance = Number(place.dataset.balance);
  const input = document.getElementById("amount");
  const pay = place.querySelector("[data-pay]");
  const change = place.querySelector("[data-change]");

  input.addEventListener("renkei:figure", () => {
    pay.disabled = figureOf(input) === 0;
    if (change) change.textContent = yen(Math.max(figureOf(input) - balance, 0));
  });
  const fill = place.querySelector("[data-fill]");
  fill.addEventListener("click", () => {
    setFigure(input, Number(fill.dataset.fill));
    pay.focus();
  });
  pay.dataset.intent = intentName;
  pay.addEventListener("click", () => once(pay, work));

  async function work() {
    const base = main().dataset.base;
    const typed = figureOf(input);
    if (method === "terminal") {
      await go(`${base}?step=confirm&method=terminal&amount=${typed}&seen=${seen}`);
      return;
    }
    const body = { method, amount: Math.min(typed, balance) };
    if (method === "cash") body.received = typed;
    if (method === "other") body.kind = place.querySelector("[data-kind]").value;
    await holding(async () => {
      if (!(await post(`/api/v1/sales/${saleId}/tenders`, body, `${intentName}-${typed}-${body.kind ?? ""}`))) return;
      // Nothing owed any more: the sale closes by itself (manual 2-2); a lost answer shows 会計完了 too.
      standAt(`${base}?done=${saleId}`);
      if (body.amount === balance) await post(`/api/v1/sales/${saleId}/close`, {}, `close-${saleId}`);
      go(location.href);
    });
  }
  setFigure(input, figureOf(input));
}
