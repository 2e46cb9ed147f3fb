// The page as it stands: where it is, its words, and how its <main> is exchanged for a newer one.
import { reach } from "./reach.js";

export const main = () => document.getElementById("main");

export const yen = (amount) => `¥${amount.toLocaleString("ja-JP")}`;

const words = JSON.parse(document.getElementById("words").textContent);

export function say(problem) {
  const place = main().querySelector("[data-refused]");
  const code = problem?.code ?? "no_answer";
  place.replaceChildren(words[code] ?? words.internal_error);
  const small = document.createElement("small");
  small.textContent = code;
  place.append(small);
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
}

export function unsay() {
  main().querySelector("[data-refused]").hidden = true;
}

let going = null;
let wanted = false;
let forced = false;
let held = 0;

// One exchange at a time; a wish during one is another afterwards, and whoever waits, waits for both.
export function refresh() {
  wanted = true;
  if (held === 0) going ??= settle().finally(() => (going = null));
  return going ?? Promise.resolve();
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
  const response = await reach(address, { headers: { Accept: "text/html" } });
  if (!response) return;
  if (response.redirected && new URL(response.url).pathname === "/login") {
    location.assign("/login");
    return;
  }
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const next = fresh.getElementById("main");
  if (address !== location.href) {
    wanted = true;
    return;
  }
  if (!next) return;
  const before = main();
  const same = before.dataset.stage === next.dataset.stage && before.dataset.sale === next.dataset.sale;
  if (!forced && same && before.dataset.version === next.dataset.version) return;
  const kept = same && !forced ? keep(before) : null;
  forced = false;
  before.replaceWith(document.adoptNode(next));
  document.title = fresh.title;
  if (kept) restore(kept);
  else scrollTo(0, 0);
  document.dispatchEvent(new CustomEvent("renkei:swapped", { detail: { focused: kept?.focus } }));
}

// What a person was at when the same screen comes again with news: typed figures, the choice, the
// question that was open, the focus, and why something was refused.
function keep(before) {
  const refused = before.querySelector("[data-refused]:not([hidden])");
  return {
    figures: [...before.querySelectorAll("[data-figure]")].map(({ id, dataset, value }) => ({ id, figure: dataset.figure, value })),
    choices: [...before.querySelectorAll("select[id]")].map(({ id, value }) => ({ id, value })),
    dialog: before.querySelector("dialog[open]")?.id,
    focus: before.contains(document.activeElement) ? document.activeElement.id : "",
    refused,
  };
}

function restore({ figures, choices, dialog, focus, refused }) {
  for (const { id, figure, value } of figures) {
    const input = document.getElementById(id);
    if (input) Object.assign(input, { value }).dataset.figure = figure;
  }
  for (const { id, value } of choices) {
    const choice = document.getElementById(id);
    if (choice) choice.value = value;
  }
  if (refused) main().querySelector("[data-refused]").replaceWith(refused);
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
