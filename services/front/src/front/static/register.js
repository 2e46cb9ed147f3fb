// The register's page: wires the parts together, once. Each part works on whatever stands in <main>.
import { listen, showSince } from "./live.js";
import { wireButtons } from "./act.js";
import { wireDigits, wireFigures } from "./figures.js";
import { wireRingUp } from "./ringup.js";
import { wireAmount } from "./amount.js";
import { wireDialogs, wireKeys } from "./dialogs.js";
import { startClocks } from "./clocks.js";
import { wireCheck } from "./check.js";
import { watchReach } from "./reach.js";
import { watchTaps } from "./taps.js";
import { takeSeat } from "./seat.js";
import { wireSound } from "./sound.js";
import { wirePaper, lookAtPreviews } from "./paper.js";
import { wireCorrection, showMissing } from "./correct.js";

function wire(event) {
  wireFigures();
  wireRingUp();
  wireAmount();
  showMissing();
  lookAtPreviews();
  if (event) showSince(event.detail.asked);
  if (!event?.detail.focused && !document.querySelector("dialog[open]")) focusFirst();
}

// The next step has the focus; where there is none, the heading, so that the new screen is read out.
function focusFirst() {
  const first = document.querySelector("#main [autofocus], #main h1");
  if (first?.matches("h1")) first.tabIndex = -1;
  first?.focus({ preventScroll: true });
}

watchTaps();
wireButtons();
wireDialogs();
wireKeys();
wireDigits();
wireCheck();
wireSound();
wirePaper();
wireCorrection();
watchReach();
startClocks();
wire();
document.addEventListener("renkei:swapped", wire);
document.dispatchEvent(new Event("renkei:ready"));
listen();
takeSeat();
