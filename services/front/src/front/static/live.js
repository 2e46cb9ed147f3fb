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
  events.addEventListener("seat", refresh);
  events.addEventListener("paper", refresh);
  hear(events, "doubt", showDoubt);
  hear(events, "screen", showScreen);
  hear(events, "terminal", showLink);
  events.addEventListener("session_ended", () => location.assign("/login"));
}

const news = new Map(); // The last of each kind: when it came, and how to show it once more.

function hear(events, kind, show) {
  events.addEventListener(kind, (event) => {
    const told = JSON.parse(event.data);
    news.set(kind, { at: performance.now(), again: () => show(told) });
    show(told);
  });
}

// A page that was drawn before the news and comes after it knows less: the news is shown again.
export function showSince(asked) {
  const since = [...news.values()].filter(({ at }) => at >= asked);
  for (const { again } of since.sort((one, other) => one.at - other.at)) again();
}

function showLink(terminal) {
  const chip = document.querySelector("[data-chip]");
  chip.dataset.link = terminal.link;
  chip.querySelector("[data-chip-word]").textContent = JSON.parse(chip.dataset.words)[terminal.link];
  const seen = terminal.link === "connected";
  const [glass, lost] = ["[data-glass]", "[data-lost]"].map((place) => main().querySelector(place));
  if (glass) glass.hidden = !seen;
  if (lost) lost.hidden = seen;
  if (terminal.screen || !seen) {
    showHome(seen && terminal.screen === "home");
    showGuide(seen ? terminal.screen : null);
  }
}

// What to do on the terminal with what it shows; null where nothing is heard of it.
function showGuide(screen) {
  for (const place of main().querySelectorAll("[data-guide]")) {
    const guide = screen === null ? "lost" : JSON.parse(place.dataset.map)[screen] ?? "other";
    place.textContent = JSON.parse(place.dataset.words)[guide];
  }
}

// How often Renkei has asked, and what it heard: the cashier sees it work.
function showDoubt(doubt) {
  const place = main().querySelector("[data-doubt]");
  if (!place || doubt.operation !== main().dataset.operation) return;
  const answers = JSON.parse(place.dataset.answers);
  const time = new Date(doubt.last_asked_at).toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: place.dataset.zone });
  place.textContent = place.dataset.asked
    .replace("{count}", doubt.asked)
    .replace("{time}", time)
    .replace("{answer}", answers[doubt.answer] ?? answers.other);
}

function showScreen(shown) {
  showHome(shown.screen.name === "home");
  showGuide(shown.screen.name);
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
