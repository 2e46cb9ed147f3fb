// Commands to the API. A double tap is one tap, and a tap whose answer was lost is sent again under
// the same Idempotency-Key: the key belongs to the intent and lives until a definite answer.
import { go, main, refresh, say, unsay } from "./page.js";

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

// Returns the answer's body, or null after having said why not.
export async function post(path, body, intent) {
  const { key, forget } = keyFor(`${intent}:${path}`);
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Idempotency-Key": key },
      body: JSON.stringify(body),
    });
  } catch {
    say({ code: "service_unavailable" });
    return null;
  }
  const answer = await response.json().catch(() => null);
  if (response.status < 500) forget();
  if (response.ok) return answer ?? {};
  if (response.status === 401) {
    location.assign("/login");
    return null;
  }
  say(answer);
  return null;
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

async function carryOut(button) {
  const steps = JSON.parse(button.dataset.posts);
  button.closest("dialog")?.close();
  for (const [path, body] of steps) {
    if ((await post(path, body, button.dataset.intent)) === null) {
      await refresh();
      return;
    }
  }
  if (button.dataset.then) await go(button.dataset.then);
  else {
    main().dataset.sequence = "";
    await refresh();
  }
}

export function wireButtons() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-posts]");
    if (button && !button.disabled) once(button, () => carryOut(button));
  });
}
