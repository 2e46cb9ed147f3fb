// One page at a time has the register. A page draws itself an id that a reload keeps and a second tab
// does not, takes the register at load, and only watches while another page has it.
import { main, refresh } from "./page.js";
import { reach } from "./reach.js";

const NAME = "renkei:page";
const LISTEN_MS = 80; // A page of this browser answers within a few milliseconds.

export const draw = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const me = draw();
const pages = new BroadcastChannel("renkei:pages");
let id = sessionStorage.getItem(NAME) ?? draw();
let known = false; // Whether the centre said who has the register.
let wanted = true; // Whether it has still to be asked.

export const pageId = () => id;

const csrf = document.querySelector('meta[name="csrf-token"]').content;
const place = () => document.querySelector(".seat");

// A tab that was copied brings a copy of the id: the page that has it says so.
async function drawApart() {
  const taken = await new Promise((resolve) => {
    setTimeout(() => resolve(false), LISTEN_MS);
    pages.addEventListener("message", ({ data }) => {
      if (data.to === me) resolve(true);
      if (data.ask === id && data.from !== me) pages.postMessage({ to: data.from });
    });
    pages.postMessage({ ask: id, from: me });
  });
  if (taken) id = draw();
  sessionStorage.setItem(NAME, id);
}

async function take(takeOver) {
  wanted = false;
  const response = await reach(place().dataset.seat, {
    method: "PUT",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Register-Page": id, "Idempotency-Key": draw() },
    body: JSON.stringify({ take_over: takeOver }),
  });
  if (response === null || response.status >= 500) wanted = true;
  if (response?.status === 401) location.assign("/login");
  known = response !== null && (response.ok || response.status === 409);
  if (response?.ok) place().dataset.holder = id;
  show();
  if (known) await refresh();
}

function show() {
  const holder = place().dataset.holder;
  const watching = known && holder !== "" && holder !== id;
  place().hidden = !watching;
  main().inert = watching;
  document.body.dataset.seat = watching ? "theirs" : known ? "ours" : "unknown";
}

export async function takeSeat() {
  if (!place()) return;
  document.addEventListener("renkei:swapped", show);
  document.addEventListener("renkei:back", () => wanted && take(false));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-take-over]")) take(true);
  });
  await drawApart();
  await take(false);
}
