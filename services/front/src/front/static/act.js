// Commands to the API. A double tap is one tap, and a tap whose answer was lost is sent again under
// the same Idempotency-Key: the key belongs to the intent and lives until a definite answer.
import { go, holding, refresh, say, standAt, unsay } from "./page.js";
import { pulse, reach } from "./reach.js";

const csrf = document.querySelector('meta[name="csrf-token"]').content;
const busy = new Set();

function keyFor(intent) {
  const name = `renkei:intent:${intent}`;
  let key = sessionStorage.getItem(name);
  if (!key) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem(name, key);
  }
  return { key, forget: () => sessionStorage.removeItem(name) };
}

// Returns the answer's body; null where it was refused, undefined where nobody answered, both said.
export async function post(path, body, intent) {
  const { key, forget } = keyFor(`${intent}:${path}`);
  const response = await reach(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Idempotency-Key": key },
    body: JSON.stringify(body),
  });
  if (response === null) return unanswered();
  const answer = await response.json().catch(() => null);
  if (response.status < 500) forget();
  if (response.ok) return answer ?? {};
  if (response.status === 401) {
    location.assign("/login");
    return null;
  }
  if (answer === null || answer.code === "service_unavailable") return unanswered();
  say(answer);
  return null;
}

// It may have been carried out or not: sent once more under its key, it happens once.
function unanswered() {
  say(null);
  pulse();
  return undefined;
}

export async function once(button, work) {
  const name = button.dataset.intent ?? button.id;
  if (busy.has(name)) return;
  busy.add(name);
  button.setAttribute("aria-busy", "true");
  unsay();
  try {
    await work();
  } finally {
    busy.delete(name);
    button.removeAttribute("aria-busy");
  }
}

// The steps of one tap. Where the screen goes next stands in the address before the answer does, so
// that a lost answer, or news that overtakes it, shows the same.
async function carryOut(button) {
  const steps = JSON.parse(button.dataset.posts);
  const { intent, then } = button.dataset;
  button.closest("dialog")?.close();
  const before = location.href;
  if (then) standAt(then);
  const answer = await holding(async () => {
    let last;
    for (const [path, body] of steps) {
      last = await post(path, body, intent);
      if (!last) break;
    }
    return last;
  });
  if (answer && then) await go(then);
  else {
    if (answer === null && then) standAt(before);
    await refresh();
  }
}

export function wireButtons() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-posts]");
    if (button && !button.disabled) once(button, () => carryOut(button));
  });
}
