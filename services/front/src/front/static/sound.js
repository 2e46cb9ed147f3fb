// A short sound for done and for in doubt, for whoever looks at the customer. Off by a setting of this
// tablet; a browser that plays nothing before the first tap stays silent, and nothing depends on it.
import { main } from "./page.js";

const SETTING = "renkei:sound";
const LASTS_S = 0.12;
const RISING = [880, 1320];
const FALLING = [392, 311];
const TONES = { complete: RISING, doubt: FALLING, disconnected: FALLING, refunded: RISING, refund_doubt: FALLING, refund_disconnected: FALLING };

let audio = null;
let shown = main().dataset.stage;

function play(tones) {
  audio ??= new AudioContext();
  tones.forEach((hertz, index) => {
    const [tone, loudness] = [audio.createOscillator(), audio.createGain()];
    const start = audio.currentTime + index * LASTS_S;
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.15, start);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + LASTS_S);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start);
    tone.stop(start + LASTS_S);
  });
}

export function wireSound() {
  document.addEventListener("renkei:swapped", () => {
    const { stage } = main().dataset;
    const tones = stage !== shown && TONES[stage];
    shown = stage;
    if (tones && localStorage.getItem(SETTING) !== "off") play(tones);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-sound]")) localStorage.setItem(SETTING, event.target.checked ? "on" : "off");
  });
  const box = main().querySelector("[data-sound]");
  if (box) box.checked = localStorage.getItem(SETTING) !== "off";
}
