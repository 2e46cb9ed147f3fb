// The time of day in the bar, and the seconds that a cashier has waited.

import { now as centreNow } from "./reach.js";

export function startClocks() {
  const tick = () => {
    const now = centreNow();
    const clock = document.querySelector("[data-clock]");
    clock.textContent = now.toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit" });
    for (const place of document.querySelectorAll("[data-elapsed]")) {
      if (!place.dataset.elapsed) continue;
      place.textContent = String(Math.max(0, Math.floor((now - new Date(place.dataset.elapsed)) / 1000)));
    }
  };
  tick();
  document.addEventListener("renkei:swapped", tick);
  setInterval(tick, 1000);
}
