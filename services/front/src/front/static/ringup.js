// Ringing up: the lines live in the browser until the sale is opened, and survive a reload.
import { once, post } from "./act.js";
import { figureOf, setFigure } from "./figures.js";
import { go, main, yen } from "./page.js";

const LINES_MAX = 500;

// What another version of this page left behind, or a hand, is no reason not to sell.
function draft(name) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

export function wireRingUp() {
  const place = main().querySelector("[data-ringup]");
  if (!place) return;
  const { store, register } = place.dataset;
  const name = `renkei:draft:${store}/${register}`;
  const price = document.getElementById("price");
  const open = main().querySelector("[data-open-sale]");
  let lines = draft(name);

  function draw() {
    sessionStorage.setItem(name, JSON.stringify(lines));
    const rows = lines.map((line, index) => {
      const row = document.createElement("li");
      const label = document.createElement("span");
      label.className = "name";
      label.textContent = line.name;
      if (line.tax_rate === 8) {
        const tag = document.createElement("span");
        tag.className = "tag";
        tag.textContent = place.dataset.reduced;
        label.append(" ", tag);
      }
      const sum = document.createElement("span");
      sum.className = "money";
      sum.textContent = (line.quantity > 1 ? `${yen(line.unit_price)} × ${line.quantity}　` : "") + yen(line.unit_price * line.quantity);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "button plain";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `${place.dataset.remove} ${line.name}`);
      remove.addEventListener("click", () => {
        lines.splice(index, 1);
        draw();
      });
      row.append(label, sum, remove);
      return row;
    });
    place.querySelector("[data-lines]").replaceChildren(...rows);
    place.querySelector("[data-empty]").hidden = lines.length > 0;
    const total = lines.reduce((sum, line) => sum + line.unit_price * line.quantity, 0);
    place.querySelector("[data-total]").textContent = yen(total);
    open.disabled = total === 0;
  }

  function add(line) {
    const same = lines.find((other) => other.name === line.name && other.unit_price === line.unit_price && other.tax_rate === line.tax_rate);
    if (same) same.quantity += 1;
    else if (lines.length < LINES_MAX) lines.push({ ...line, quantity: 1 });
    draw();
    place.scrollTop = place.scrollHeight;
  }

  for (const button of main().querySelectorAll("[data-good]")) {
    const { good, price: cost, rate } = button.dataset;
    button.addEventListener("click", () => add({ name: good, unit_price: Number(cost), tax_rate: Number(rate) }));
  }
  for (const button of main().querySelectorAll("[data-add-rate]")) {
    button.addEventListener("click", () => {
      if (figureOf(price) === 0) return;
      add({ name: place.dataset.item, unit_price: figureOf(price), tax_rate: Number(button.dataset.addRate) });
      setFigure(price, 0);
    });
  }
  price.addEventListener("keydown", (event) => {
    if (event.key === "Enter") main().querySelector('[data-add-rate="10"]').click();
  });
  setFigure(price, figureOf(price));
  open.dataset.intent = `open-${store}-${register}`;
  open.dataset.keyPress = "F12";
  open.addEventListener("click", () =>
    once(open, async () => {
      const sale = await post("/api/v1/sales", { store, register, lines }, `${open.dataset.intent}-${JSON.stringify(lines)}`);
      if (!sale) return;
      lines = [];
      sessionStorage.removeItem(name);
      await go(main().dataset.base);
    }),
  );
  draw();
}
