// 決済端末接続: ask the terminal once, and say what came of it.
import { once, post } from "./act.js";

export function wireCheck() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-check]");
    if (!button || button.disabled) return;
    button.dataset.intent = "check";
    once(button, async () => {
      const answer = await post(button.dataset.check, {}, "check");
      const connected = answer?.connected === true;
      document.querySelector("[data-checked-ok]").hidden = !connected;
      document.querySelector("[data-checked-not]").hidden = connected;
      if (connected) document.querySelector("[data-round-trip]").textContent = answer.round_trip_ms.toFixed(1);
      document.getElementById("checked").showModal();
    });
  });
}
