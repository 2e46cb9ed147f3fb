// Commands to the API. A double tap is one tap, and a tap whose answer was lost is sent again under
// the same Idempotency-Key: the key belongs to the intent and lives until a definite answer.
import { go, holding, refresh, say, standAt, unsay } from "./page.js";
import { isLost, pulse, reach } from "./reach.js";
import { draw, pageId } from "./seat.js";

const csrf = document.querySelector('meta[name="csrf-token"]').content;
const busy = new Set();

function keyFor(intent) {
  const name = `renkei:intent:${intent}`;
  let key = sessionStorage.getItem(name);
  if (!key) {
    key = draw();
    sessionStorage.setItem(name, key);
  }
  return { key, forget: () => sessionStorage.removeItem(name) };
}

// Returns the answer's body; null where it was refused, undefined where nobody answered, both said.
// `otherwise(code)` may take a refusal on itself.
export async function post(path, body, intent, otherwise = () => false, method = "POST") {
  const { key, forget } = keyFor(`${intent}:${path}`);
  const response = await reach(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Idempotency-Key": key, "Register-Page": pageId() },
    body: JSON.stringify(body),
  });
  if (response === null) return unanswered();
  const answer = await response.json().catch(() => null);
  // Still at work under this key: under another one it might be done twice.
  if (response.status < 500 && answer?.code !== "request_in_progress") forget();
  if (response.ok) return answer ?? {};
  if (response.status === 401) {
    location.assign("/login");
    return null;
  }
  if (answer === null || answer.code === "service_unavailable") return unanswered();
  if (!otherwise(answer.code)) say(answer);
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
  if (busy.has(name) || isLost()) return;
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

// What a question's form holds, in the body of the request: `authorised_by.password` is nested.
function filled(body, form) {
  const made = structuredClone(body);
  for (const field of form.elements) {
    if (!field.name || field.value === "" || (field.type === "radio" && !field.checked)) continue;
    const [outer, inner] = field.name.split(".");
    const value = "number" in field.dataset ? Number(field.value) : field.value;
    if (inner) made[outer] = { ...made[outer], [inner]: value };
    else made[outer] = value;
  }
  return made;
}

// A refusal that has a way on of its own shows it: a question to answer, or what to do on the terminal.
function showInstead(button, code) {
  const id = JSON.parse(button.dataset.else ?? "{}")[code];
  const place = id && document.getElementById(id);
  if (!place) return false;
  if (place.matches("dialog")) {
    button.closest("dialog")?.close();
    place.showModal();
  } else place.hidden = false;
  return true;
}

// The steps of one tap. Where the screen goes next stands in the address before the answer does, so
// that a lost answer, or news that overtakes it, shows the same. A form stays until it was granted.
async function carryOut(button) {
  const form = button.closest("form");
  if (form && !form.reportValidity()) return;
  const steps = JSON.parse(button.dataset.posts);
  const { intent, then } = button.dataset;
  if (!form) button.closest("dialog")?.close();
  const before = location.href;
  if (then) standAt(then);
  const answer = await holding(async () => {
    let last;
    for (const [path, body, method] of steps) {
      const whole = form ? filled(body, form) : body;
      last = await post(path, whole, intent, (code) => showInstead(button, code), method);
      if (!last) break;
    }
    return last;
  });
  for (const secret of form?.querySelectorAll("[type=password]") ?? []) secret.value = "";
  if (answer && form) form.closest("dialog").close();
  if (answer && then) await go(then);
  else {
    if (answer === null && then) standAt(before);
    refresh(); // Not waited for: whoever was refused may try again at once.
  }
}

export function wireButtons() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-posts]");
    if (button && !button.disabled) once(button, () => carryOut(button));
  });
}
