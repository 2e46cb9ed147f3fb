// The page as it stands: where it is, its words, and how its <main> is exchanged for a newer one.
import { missed, reach } from "./reach.js";
import { lifted } from "./taps.js";

export const main = () => document.getElementById("main");

export const yen = (amount) => `¥${amount.toLocaleString("ja-JP")}`;

const words = JSON.parse(document.getElementById("words").textContent);

// Where a refusal is told: in the question that is open, else on top of the screen.
const refusedPlace = () => main().querySelector("dialog[open] [data-refused]") ?? main().querySelector("[data-refused]");

export function say(problem) {
  const place = refusedPlace();
  const code = problem?.code ?? "no_answer";
  place.replaceChildren(filled(words[`${code}.${problem?.reason}`] ?? words[code] ?? words.internal_error, problem));
  const small = document.createElement("small");
  small.textContent = code;
  place.append(small);
  place.hidden = false;
  if (problem?.ways) showWays(problem.ways);
  place.scrollIntoView({ block: "nearest" });
}

// A refusal's own fields stand in its words: `{brand}`, `{window_days}`.
const filled = (text, problem) => text.replaceAll(/\{(\w+)\}/g, (_, name) => problem?.[name] ?? "");

// The ways that are left, where a screen knows of them.
function showWays(ways) {
  const place = main().querySelector("[data-ways]");
  if (!place) return;
  place.hidden = ways.length === 0;
  for (const way of place.querySelectorAll("[data-way]")) way.hidden = !ways.includes(way.dataset.way);
}

export function unsay() {
  for (const place of main().querySelectorAll("[data-refused]")) place.hidden = true;
}

let going = null;
let wanted = false;
let forced = false;
let held = 0;

// One exchange at a time; a wish during one is another afterwards, and whoever waits, waits for both.
export function refresh() {
  wanted = true;
  if (held === 0) going ??= settle().finally(after);
  return going ?? Promise.resolve();
}

// A wish that came between the last look and here would otherwise be forgotten.
function after() {
  going = null;
  if (wanted) refresh();
}

async function settle() {
  while (wanted && held === 0) {
    wanted = false;
    await exchange();
  }
}

// Keeps the screen as it is while several steps are taken for one tap.
export async function holding(work) {
  held += 1;
  try {
    return await work();
  } finally {
    held -= 1;
    if (wanted && held === 0) refresh();
  }
}

async function exchange() {
  const address = location.href;
  const asked = performance.now();
  const response = await reach(address, { headers: { Accept: "text/html" } });
  if (!response) return;
  if (response.redirected && new URL(response.url).pathname === "/login") {
    location.assign("/login");
    return;
  }
  if (!response.ok) {
    if (response.status >= 500) missed();
    return;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  await lifted();
  const next = fresh.getElementById("main");
  if (address !== location.href) {
    wanted = true;
    return;
  }
  if (!next) return;
  const before = main();
  const same = before.dataset.stage === next.dataset.stage && before.dataset.sale === next.dataset.sale;
  if (!forced && same && before.dataset.version === next.dataset.version) {
    exchangeLive(before, next);
    return;
  }
  const kept = same && !forced ? keep(before) : null;
  forced = false;
  keepStill(before, next);
  before.replaceWith(document.adoptNode(next));
  exchangeParts(fresh);
  document.title = fresh.title;
  if (kept) restore(kept);
  else scrollTo(0, 0);
  document.dispatchEvent(new CustomEvent("renkei:swapped", { detail: { asked, focused: kept?.focus } }));
}

// News that moves nothing under a thumb, such as how paper prints: only its own words change.
function exchangeLive(before, next) {
  for (const part of before.querySelectorAll("[data-live]")) {
    const news = part.id && next.querySelector(`#${CSS.escape(part.id)}`);
    if (!news || news.outerHTML === part.outerHTML) continue;
    part.className = news.className;
    Object.assign(part.dataset, news.dataset);
    part.replaceChildren(...document.adoptNode(news).childNodes);
  }
}

// A picture that is the same on the new screen stays as it is: it does not flash.
function keepStill(before, next) {
  for (const still of before.querySelectorAll("[data-still]")) {
    const place = next.querySelector(`[data-still="${CSS.escape(still.dataset.still)}"]`);
    if (place && !still.hidden) place.replaceWith(still);
  }
}

// What stands around <main> and changes with it: the count of differences, who has the register.
function exchangeParts(fresh) {
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (next) part.replaceWith(document.adoptNode(next));
  }
}

// What a person was at when the same screen comes again with news: typed figures and words, choices,
// the question that was open, the focus, and why something was refused.
function keep(before) {
  return {
    figures: [...before.querySelectorAll("[data-figure]")].map(({ id, dataset, value }) => ({ id, figure: dataset.figure, value })),
    fields: [...before.querySelectorAll("select[id], input[id]:not([data-figure])")].map(({ id, value, checked }) => ({ id, value, checked })),
    shown: [...before.querySelectorAll("[data-kept]:not([hidden])")].map(({ id }) => id),
    dialog: before.querySelector("dialog[open]")?.id,
    focus: before.contains(document.activeElement) ? document.activeElement.id : "",
    refused: [...before.querySelectorAll("[data-refused]:not([hidden])")].map((told) => ({ told, dialog: told.closest("dialog")?.id })),
  };
}

function restore({ figures, fields, shown, dialog, focus, refused }) {
  for (const { id, figure, value } of figures) {
    const input = document.getElementById(id);
    if (input) Object.assign(input, { value }).dataset.figure = figure;
  }
  for (const { id, value, checked } of fields) {
    const field = document.getElementById(id);
    if (field) Object.assign(field, field.type === "radio" ? { checked } : { value, checked });
  }
  for (const id of shown) document.getElementById(id)?.removeAttribute("hidden");
  for (const { told, dialog: within } of refused) {
    const place = within ? document.getElementById(within) : main();
    place?.querySelector("[data-refused]")?.replaceWith(told);
  }
  if (dialog) document.getElementById(dialog)?.showModal();
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
}

export async function go(address) {
  if (new URL(address, location).href !== location.href) history.pushState(null, "", address);
  forced = true;
  await refresh();
}

// The place that a reload returns to, without a step of its own.
export const standAt = (address) => history.replaceState(null, "", address);

addEventListener("popstate", () => {
  forced = true;
  refresh();
});
document.addEventListener("renkei:back", refresh);
