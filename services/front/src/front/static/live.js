// What happens elsewhere, shown here: the sale's events exchange <main>, the terminal's screens move
// its glass and the rail, its link the chip. When nobody answers, the page says so and asks again.
import { main, refresh } from "./page.js";
import { pulse } from "./reach.js";

const AGAIN_MS = 2_000; // A browser gives up a stream that was refused; we ask again.

export function listen() {
  const events = new EventSource(main().dataset.events);
  events.addEventListener("open", refresh);
  events.addEventListener("error", () => {
    pulse();
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
  });
  events.addEventListener("sale", refresh);
  events.addEventListener("register", refresh);
  events.addEventListener("screen", (event) => showScreen(JSON.parse(event.data)));
  events.addEventListener("terminal", (event) => showLink(JSON.parse(event.data)));
  events.addEventListener("session_ended", () => location.assign("/login"));
}

function showLink(terminal) {
  const chip = document.querySelector("[data-chip]");
  chip.dataset.link = terminal.link;
  chip.querySelector("[data-chip-word]").textContent = JSON.parse(chip.dataset.words)[terminal.link];
  const seen = terminal.link === "connected";
  const [glass, lost] = ["[data-glass]", "[data-lost]"].map((place) => main().querySelector(place));
  if (glass) glass.hidden = !seen;
  if (lost) lost.hidden = seen;
  if (terminal.screen || !seen) showHome(seen && terminal.screen === "home");
}

function showScreen(shown) {
  showHome(shown.screen.name === "home");
  const face = main().querySelector("[data-face]");
  if (!face || (shown.operation && shown.operation !== main().dataset.operation)) return;
  const lines = shown.screen.lines.map((line) => element("p", line));
  const keys = element("div", "");
  keys.className = "keys";
  keys.setAttribute("aria-hidden", "true");
  keys.append(...shown.screen.keys.map((key) => element("span", key)));
  face.replaceChildren(...lines, keys);
  moveRail(shown.screen.name);
}

function moveRail(screen) {
  const rail = main().querySelector("[data-rail]");
  const step = rail && JSON.parse(rail.dataset.rail)[screen];
  if (step === undefined || step === null) return;
  [...rail.children].forEach((item, index) => {
    item.className = index < step ? "done" : index === step ? "now" : "";
    if (index === step) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
}

function showHome(home) {
  const ok = main().querySelector("[data-home-only]");
  if (!ok) return;
  if (home) {
    ok.removeAttribute("aria-disabled");
    ok.removeAttribute("tabindex");
  } else {
    ok.setAttribute("aria-disabled", "true");
    ok.setAttribute("tabindex", "-1");
  }
  const hint = main().querySelector("[data-not-home]");
  if (hint) hint.hidden = home;
  const arrived = main().querySelector("[data-at-home]");
  if (arrived) arrived.hidden = !home;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
