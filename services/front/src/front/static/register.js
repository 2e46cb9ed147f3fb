// The register's page: wires the parts together, once. Each part works on whatever stands in <main>.
import { listen } from "./live.js";
import { wireButtons } from "./act.js";
import { wireFigures } from "./figures.js";
import { wireRingUp } from "./ringup.js";
import { wireAmount } from "./amount.js";
import { wireDialogs, wireKeys } from "./dialogs.js";
import { startClocks } from "./clocks.js";
import { wireCheck } from "./check.js";

function wire() {
  wireFigures();
  wireRingUp();
  wireAmount();
  document.querySelector("#main [autofocus]")?.focus({ preventScroll: true });
}

wireButtons();
wireDialogs();
wireKeys();
wireCheck();
startClocks();
wire();
document.addEventListener("renkei:swapped", wire);
listen();
