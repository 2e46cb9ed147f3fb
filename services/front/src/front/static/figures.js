// Amounts typed by thumb or keyboard. A figure's input holds `¥1,650`; its number is in `dataset.figure`.
import { main, yen } from "./page.js";

export const figureOf = (input) => Number(input.dataset.figure || 0);

export function setFigure(input, amount) {
  const max = Number(input.dataset.max);
  input.dataset.figure = String(Math.min(amount, max));
  input.value = yen(figureOf(input));
  input.dispatchEvent(new Event("renkei:figure", { bubbles: true }));
}

function press(input, key) {
  if (key === "clear") return setFigure(input, 0);
  if (key === "back") return setFigure(input, Math.floor(figureOf(input) / 10));
  return setFigure(input, Number(`${figureOf(input)}${key}`));
}

export function wireFigures() {
  for (const pad of main().querySelectorAll("[data-keypad]")) {
    const input = document.getElementById(pad.dataset.keypad);
    pad.addEventListener("pointerdown", (event) => event.preventDefault()); // The focus stays on the figure.
    pad.addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (key) press(input, key);
    });
  }
  for (const input of main().querySelectorAll("[data-figure]")) {
    input.addEventListener("beforeinput", (event) => {
      if (event.inputType !== "insertFromPaste") event.preventDefault();
    });
    input.addEventListener("input", () => setFigure(input, Number(input.value.replace(/[^0-9]/g, "").slice(0, 7))));
  }
}

// Digits typed anywhere on the screen are for its figure, wherever the last tap left the focus.
export function wireDigits() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || main().inert || document.querySelector("dialog[open]")) return;
    const input = main().querySelector("input[data-figure]");
    if (!input || (event.target !== input && event.target.matches("input, select, textarea"))) return;
    if (/^[0-9]$/.test(event.key)) press(input, event.key);
    else if (event.key === "Backspace") press(input, "back");
    else if (event.key === "Delete") press(input, "clear");
    else return;
    event.preventDefault();
    input.focus({ preventScroll: true });
  });
}
