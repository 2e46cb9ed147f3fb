// Paper: its previews, how it prints, and how the printer is.
import { once, post } from "./act.js";
import { main, refresh } from "./page.js";

const AGAIN_MS = 1_000; // What stands on a slip may still be on its way to where slips are drawn.
const TRIES_MAX = 4;
const LOOK_MS = 2_000; // Paper, and money on its way back, are told live; whoever missed it sees it within this.

// A picture that does not come is asked for again, a few times; then words stand in its place.
function askAgain(image) {
  const tries = Number(image.dataset.tries ?? 0) + 1;
  image.dataset.tries = tries;
  if (tries < TRIES_MAX) {
    setTimeout(() => (image.src = `${image.dataset.preview}#${tries}`), AGAIN_MS);
    return;
  }
  image.hidden = true;
  const failed = image.parentElement?.querySelector("[data-preview-failed]");
  if (failed) failed.hidden = false;
}

export function lookAtPreviews() {
  for (const image of main().querySelectorAll("img[data-preview]:not([data-tries])")) {
    if (image.complete && image.naturalWidth === 0) askAgain(image);
  }
}

async function askPrinter(button) {
  const told = document.getElementById(button.dataset.told);
  const words = JSON.parse(told.dataset.words);
  const answer = await post(button.dataset.checkPrinter, {}, button.dataset.intent, (code) => {
    if (code !== "terminal_unreachable") return false;
    tell(told, words, "store_unreachable");
    return true;
  });
  if (answer) tell(told, words, answer.state === "ready" && answer.paper_near_end ? "near_end" : answer.state);
}

function tell(place, words, state) {
  place.textContent = words[state] ?? words.other;
  place.className = `printing ${["ready", "printing"].includes(state) ? "well" : "hand"}`;
  place.dataset.state = state;
  place.hidden = false;
}

export function wirePaper() {
  document.addEventListener("error", (event) => {
    if (event.target.matches?.("img[data-preview]")) askAgain(event.target);
  }, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-check-printer]");
    if (button && !button.disabled) once(button, () => askPrinter(button));
  });
  setInterval(() => {
    if (main().querySelector('[data-paper="printing"], [data-waiting]')) refresh();
  }, LOOK_MS);
}
