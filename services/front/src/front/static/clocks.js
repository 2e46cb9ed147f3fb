// The time of day in the bar, and the seconds that a cashier has waited.

import { now as centreNow } from "./reach.js";

export function startClocks() {
  const tick = () => {
    const now = centreNow();
    const clock = document.querySelector("[data-clock]");
    clock.textContent = now.toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.clock });
    for (const place of document.querySelectorAll("[data-elapsed]")) {
      if (!place.dataset.elapsed) continue;
      place.textContent = String(Math.max(0, Math.floor((now - new Date(place.dataset.elapsed)) / 1000)));
    }
    for (const place of document.querySelectorAll("[data-minutes]")) {
      const minutes = Math.max(0, Math.round((now - new Date(place.dataset.minutes)) / 60_000));
      place.textContent = place.dataset.words.replace("{minutes}", String(minutes));
    }
  };
  tick();
  document.addEventListener("renkei:swapped", tick);
  setInterval(tick, 1000);
}
