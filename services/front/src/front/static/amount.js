// The amount of one tender: 残額 fills it; cash shows its change; the terminal asks once more. What was
// typed outlives a reload and a crash, until the screen is left.
import { once, post } from "./act.js";
import { figureOf, setFigure } from "./figures.js";
import { go, holding, main, standAt, yen } from "./page.js";

const TYPED = "renkei:typed:";

function forget() {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(TYPED)) sessionStorage.removeItem(name);
}

function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? {};
  } catch {
    return {};
  }
}

export function wireAmount() {
  const place = main().querySelector("[data-amount]");
  if (!place) return forget();
  const { method, saleId, seen, intentName } = place.dataset;
  const balance = Number(place.dataset.balance);
  const typedAs = `${TYPED}${saleId}:${method}`;
  const input = document.getElementById("amount");
  const [pay, change, kind, note] = ["pay", "change", "kind", "note-text"].map((part) => place.querySelector(`[data-${part}]`));
  const stands = () => place.querySelector("[data-stands-for]:checked");

  function changed() {
    const figure = figureOf(input);
    pay.disabled = figure === 0;
    if (change) change.textContent = yen(Math.max(figure - balance, 0));
    sessionStorage.setItem(typedAs, JSON.stringify({ figure, kind: kind?.value, note: note?.value }));
  }

  // One tender stands for another by no more than that one's amount.
  function limit() {
    if (method === "cash") return;
    const standIn = kind?.querySelector("[data-stand-in]");
    if (standIn && Boolean(stands()) !== standIn.selected) kind.value = stands() ? standIn.value : kind.options[1].value;
    const most = stands() ? Math.min(balance, Number(stands().dataset.limit)) : balance;
    input.dataset.max = String(most);
    if (stands() && figureOf(input) === 0) setFigure(input, most);
    else setFigure(input, figureOf(input));
  }

  input.addEventListener("renkei:figure", changed);
  for (const field of [kind, note]) field?.addEventListener("input", changed);
  for (const box of place.querySelectorAll("[data-stands-for]")) box.addEventListener("change", limit);
  for (const bill of place.querySelectorAll("[data-note]")) {
    bill.addEventListener("pointerdown", (event) => event.preventDefault()); // The focus stays on the figure.
    bill.addEventListener("click", () => setFigure(input, figureOf(input) + Number(bill.dataset.note)));
  }
  const fill = place.querySelector("[data-fill]");
  fill.addEventListener("click", () => {
    setFigure(input, Number(fill.dataset.fill));
    pay.focus();
  });
  pay.dataset.intent = intentName;
  pay.addEventListener("click", () => once(pay, work));

  function bodyOf(typed) {
    const body = { method, amount: Math.min(typed, balance) };
    if (method === "cash") return { ...body, received: typed };
    body.kind = kind.value;
    if (note.value) body.note = note.value;
    if (stands()) body.stands_for = Number(stands().dataset.standsFor);
    return body;
  }

  async function work() {
    const base = main().dataset.base;
    const typed = figureOf(input);
    if (method === "terminal") {
      await go(`${base}?step=confirm&method=terminal&amount=${typed}&seen=${seen}`);
      return;
    }
    const body = bodyOf(typed);
    await holding(async () => {
      if (!(await post(`/api/v1/sales/${saleId}/tenders`, body, `${intentName}-${JSON.stringify(body)}`))) return;
      forget();
      // Nothing owed any more: the sale closes by itself (manual 2-2); a lost answer shows 会計完了 too.
      standAt(`${base}?done=${saleId}`);
      if (body.amount === balance) await post(`/api/v1/sales/${saleId}/close`, {}, `close-${saleId}`);
      go(location.href);
    });
  }

  const kept = recall(typedAs);
  if (kind && kept.kind) kind.value = kept.kind;
  if (note && kept.note) note.value = kept.note;
  setFigure(input, figureOf(input) || kept.figure || 0);
  limit();
}
