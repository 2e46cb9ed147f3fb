// The device on its page: shows what the server says the terminal shows, and sends what a hand does.

const FRAMES_SHOWN = 200; // the log is for the last minute, not for an archive
const DRAG_STARTS_PX = 7; // a finger that moves less meant to tap
const FACT = /^(金額|支払方法|暗証番号|伝票番号|元伝票番号|注文番号|取消区分|理由) (.+)$/;
const GO_KEYS = ["セット", "実行", "確認", "一致", "確定"];

const $ = (id) => document.getElementById(id);
const desk = $("desk");
const texts = JSON.parse(desk.dataset.texts);
const api = `/api/terminals/${encodeURIComponent(desk.dataset.serial)}`;
const cards = [...document.querySelectorAll(".card")];
const places = [...document.querySelectorAll(".place")];

let state = null;
let chosen = null;
let queue = Promise.resolve();
const underWay = new Set();

// --- talking to the server ---

// One thing after the other, as a hand does them. The same thing again while it is under way is a
// double tap, which is one tap; digits are typed as often as they are typed.
function send(path, body, method = "POST") {
  const name = path === "enter" ? undefined : `${method} ${path} ${JSON.stringify(body)}`;
  if (name && underWay.has(name)) return Promise.resolve(false);
  underWay.add(name);
  const done = queue.then(() => ask(path, body, method)).finally(() => underWay.delete(name));
  queue = done;
  return done;
}

async function ask(path, body, method) {
  try {
    const answer = await fetch(`${api}/${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.ok) {
      say("");
      return true;
    }
    const problem = await answer.json().catch(() => ({}));
    say(texts.problems[problem.code] ?? problem.detail ?? texts.unanswered);
  } catch {
    say(texts.unanswered);
  }
  return false;
}

function say(text) {
  $("answer").textContent = text;
}

// --- the glass ---

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function line(text) {
  const found = FACT.exec(text);
  if (!found) return element("p", text, text.startsWith("※") ? "says refused" : "says");
  const [, label, value] = found;
  const made = element("p", undefined, "fact");
  made.append(element("span", label), element("span", value, label === "金額" ? "amount" : "value"));
  return made;
}

function showGlass({ screen, business_date: day, power, link }) {
  $("device").dataset.power = power;
  $("device").dataset.link = link;
  $("device").dataset.screen = screen.name;
  $("power").setAttribute("aria-checked", String(power === "on"));
  $("glass").dataset.tone = state.tone;
  $("glass-day").textContent = day;
  $("glass-link").textContent = texts.glass_link[link] ?? "";
  const [title = "", ...lines] = screen.lines;
  $("glass-title").textContent = title;
  $("glass-lines").toggleAttribute("data-many", lines.length > 5);
  $("glass-lines").replaceChildren(...lines.map(line));
  if (state.waiting) {
    const dots = element("span", undefined, "dots");
    dots.append(element("i"), element("i"), element("i"));
    $("glass-title").append(dots);
  }
}

function showKeys({ screen, power }) {
  const soft = $("soft");
  const on = power === "on" ? screen.keys : [];
  const focused = soft.contains(document.activeElement);
  const keys = on.filter((key) => key !== "リセット").map((label) => {
    const key = element("button", label, GO_KEYS.includes(label) ? "go" : "");
    key.type = "button";
    key.addEventListener("click", () => send("press", { key: label }));
    return key;
  });
  soft.dataset.count = keys.length;
  soft.replaceChildren(...keys);
  if (focused && keys.length) (keys.find((key) => key.className) ?? keys[0]).focus();
  $("reset").disabled = !on.includes("リセット");
  const go = on.find((key) => GO_KEYS.includes(key));
  $("set").disabled = !go;
  $("set").textContent = go ?? "セット";
  for (const digit of document.querySelectorAll(".digit")) digit.disabled = !state.digits;
}

function showPlaces() {
  for (const place of places) {
    const { entry } = place.dataset;
    place.toggleAttribute("data-ready", state.places.includes(entry));
    const fits = chosen?.dataset.entries.split(" ").includes(entry) && state.places.includes(entry);
    place.toggleAttribute("data-fits", Boolean(fits));
  }
}

function showSide() {
  const link = state.power === "off" ? "off" : state.link;
  $("link").className = `chip chip-${link}`;
  $("link").textContent = texts.link[link];
  $("hint").dataset.tone = state.hint_tone;
  $("hint-text").textContent = texts.hints[state.hint] ?? "";
  const set = new Set(state.faults.map((fault) => fault.fault));
  $("fault-count").textContent = set.size ? String(set.size) : "";
  for (const form of document.querySelectorAll("[data-fault]")) {
    const on = set.has(form.dataset.fault);
    const button = form.querySelector(".switch");
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? texts.fault_is_set : texts.fault_set;
  }
  $("paper-in").hidden = !set.has("paper_out");
  showOpenTouches();
  const pilot = $("autopilot-switch");
  pilot.setAttribute("aria-pressed", String(state.autopilot.on));
  pilot.textContent = state.autopilot.on ? texts.on : texts.off;
}

// E-money that broke off and whose card can still show what became of it.
function showOpenTouches() {
  const { incomplete } = state;
  const list = $("open-touches");
  $("settle").hidden = incomplete.length === 0;
  const named = incomplete.map(({ slip_number: slip }) => slip).join();
  if (list.dataset.named === named) return; // a choice under way is not disturbed
  list.dataset.named = named;
  list.replaceChildren(
    ...incomplete.map(({ slip_number: slip, brand, amount }) => {
      const option = element("option", `${slip} ${brand} ¥${amount.toLocaleString("ja-JP")}`);
      option.value = slip;
      return option;
    }),
  );
}

function show(next) {
  state = next;
  showGlass(state);
  showKeys(state);
  showPlaces();
  showSide();
}

// --- paper ---

let strip = [];

function showStrip() {
  $("strip").hidden = strip.length === 0;
  $("tear").hidden = strip.length === 0;
  $("strip-text").textContent = strip.at(-1) ?? "";
}

function print(paper) {
  strip.push(paper.text);
  showStrip();
}

function tear() {
  for (const text of strip) $("papers").prepend(element("pre", text, "torn"));
  strip = [];
  showStrip();
  send("tear", {});
  $("tray").hidden = false;
  $("tray").scrollIntoView({ block: "nearest" });
}

// --- the log of frames ---

function logFrame(frame) {
  const made = element("li", undefined, frame.way);
  if (frame.quiet) made.classList.add("quiet");
  made.append(element("time", frame.at), element("b", frame.way === "to-terminal" ? "→" : "←"));
  made.append(element("span", frame.text));
  const log = $("frames");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
  log.append(made);
  while (log.children.length > FRAMES_SHOWN) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// --- presenting: tap a card, then a place; or drag it there ---

function choose(card) {
  chosen = chosen === card ? null : card;
  for (const each of cards) each.setAttribute("aria-pressed", String(each === chosen));
  showPlaces();
  say("");
  if (chosen) $("place-contactless").scrollIntoView({ block: "nearest" }); // on a phone it is far up
}

async function present(card, place) {
  const { kind, brand, number, outcome, entries } = card.dataset;
  const { entry } = place.dataset;
  if (!entries.split(" ").includes(entry)) {
    say(texts.wrong_place);
    return;
  }
  const body = { kind, brand, entry, outcome };
  if (number) body.number = number;
  if (await send("present", body)) {
    choose(card === chosen ? card : chosen);
  }
}

function placeAt(x, y) {
  return document.elementFromPoint(x, y)?.closest(".place") ?? null;
}

function startDrag(card, down) {
  let ghost = null;
  let over = null;
  const move = (event) => {
    if (event.pointerId !== down.pointerId) return;
    const far = Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY);
    if (!ghost && far < DRAG_STARTS_PX) return;
    if (!ghost) {
      ghost = card.cloneNode(true);
      ghost.classList.add("ghost");
      document.body.append(ghost);
      if (chosen !== card) choose(card);
    }
    ghost.style.transform = `translate(${event.clientX - 64}px, ${event.clientY - 28}px) rotate(-3deg)`;
    over?.removeAttribute("data-over");
    over = placeAt(event.clientX, event.clientY);
    over?.setAttribute("data-over", "");
  };
  const end = (event) => {
    if (event.pointerId !== down.pointerId) return;
    card.removeEventListener("pointermove", move);
    card.removeEventListener("pointerup", end);
    card.removeEventListener("pointercancel", end);
    over?.removeAttribute("data-over");
    if (!ghost) return;
    ghost.remove();
    card.dataset.dragged = "yes"; // the click that follows is not a tap
    setTimeout(() => delete card.dataset.dragged);
    if (over && event.type === "pointerup") present(card, over);
  };
  card.setPointerCapture(down.pointerId);
  card.addEventListener("pointermove", move);
  card.addEventListener("pointerup", end);
  card.addEventListener("pointercancel", end);
}

for (const card of cards) {
  card.addEventListener("pointerdown", (event) => event.button === 0 && startDrag(card, event));
  card.addEventListener("click", () => {
    if (!card.dataset.dragged) choose(card);
  });
}
for (const place of places) {
  place.addEventListener("click", () => (chosen ? present(chosen, place) : say(texts.choose_first)));
}

// --- the rest of the hand's work ---

for (const digit of document.querySelectorAll(".digit")) {
  digit.addEventListener("click", () => send("enter", { digits: digit.dataset.digit }));
}
$("reset").addEventListener("click", () => send("press", { key: "リセット" }));
$("set").addEventListener("click", () => {
  const key = state.screen.keys.find((label) => GO_KEYS.includes(label));
  if (key) send("press", { key });
});
$("power").addEventListener("click", () => send("power", { state: state.power === "on" ? "off" : "on" }));
$("tear").addEventListener("click", tear);
$("paper-in").addEventListener("click", () => send("paper", {}));
$("settle").addEventListener("submit", (event) => {
  event.preventDefault();
  send("settle_incomplete", { slip_number: $("open-touches").value, outcome: event.submitter.value });
});
$("clear-papers").addEventListener("click", () => {
  $("papers").replaceChildren();
  $("tray").hidden = true;
});
$("close-day").addEventListener("click", () => send("close_day", {}));
$("clear-faults").addEventListener("click", () => send("faults", undefined, "DELETE"));
for (const form of document.querySelectorAll("[data-fault]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { fault: form.dataset.fault };
    for (const field of form.querySelectorAll("[data-type]")) {
      if (field.value === "" && !field.required) continue; // may be left out
      body[field.name] = field.dataset.type === "number" ? Number(field.value) : field.value;
    }
    send("faults", body);
  });
}
$("autopilot").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const item = cards.find((card) => card.classList.contains(`look-${form.pays_with.value}`));
  send("autopilot", {
    on: !state.autopilot.on,
    media: item.dataset.kind,
    brand: item.dataset.brand,
    think_ms: Number(form.think_ms.value),
  });
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^\d$/.test(event.key) && state?.digits) send("enter", { digits: event.key });
  else if (event.key === "Escape") {
    if (chosen) choose(chosen);
    else if (!$("reset").disabled) send("press", { key: "リセット" });
  }
});

const events = new EventSource(`${api}/events`);
events.addEventListener("state", (event) => show(JSON.parse(event.data)));
events.addEventListener("paper", (event) => print(JSON.parse(event.data)));
events.addEventListener("frame", (event) => logFrame(JSON.parse(event.data)));
events.addEventListener("open", () => {
  $("frames").replaceChildren();
  strip = [];
  showStrip();
});
events.addEventListener("error", () => {
  $("link").className = "chip chip-unknown";
  $("link").textContent = texts.simulator_away;
});
