// A double tap is one tap, and a key held down is one press: the primary button stands at the same
// place on every screen, so the second half of a double tap would press the next screen's.

const REPEATABLE = "[data-key], [data-good], [data-note]"; // Tapped twice on purpose: digits, goods, notes.
const ENTER_MS = 300;
const PRESS_MS = 400; // A tap takes a quarter of this; a thumb that rests on the glass holds nothing up.

let enteredAt = -Infinity;
let swappedAt = 0;
let pressed = null;

// Until the finger is off the glass: a button exchanged between its down and its up is not pressed.
export const lifted = () => pressed;

function press() {
  pressed ??= new Promise((resolve) => {
    const over = new AbortController();
    const lift = () => {
      if (over.signal.aborted) return;
      over.abort();
      pressed = null;
      resolve();
    };
    const end = () => setTimeout(lift); // The click comes first.
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, end, { capture: true, signal: over.signal });
    setTimeout(lift, PRESS_MS);
  });
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

export function watchTaps() {
  document.addEventListener("pointerdown", press, true);
  document.addEventListener("renkei:swapped", () => (swappedAt = performance.now()));
  document.addEventListener(
    "click",
    (event) => {
      if (event.detail > 0) enteredAt = -Infinity; // So has whoever tapped in between.
      if (event.detail > 1 && event.target.closest("#main") && !event.target.closest(REPEATABLE)) swallow(event);
    },
    true,
  );
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" && event.key !== " ") {
        enteredAt = -Infinity; // Whoever typed in between has seen the new screen.
        return;
      }
      const at = performance.now();
      const again = swappedAt > enteredAt && at - enteredAt < ENTER_MS;
      enteredAt = at;
      if (event.repeat || again) swallow(event);
    },
    true,
  );
}
