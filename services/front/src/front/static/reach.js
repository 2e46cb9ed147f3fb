// Every question to the centre goes through here: when no answer comes, the page says so at once,
// keeps what was typed, and goes on by itself when answers come again.

const SLOW_MS = 1_200; // A tap answered later than this must not look like one that was lost.
const PATIENCE_MS = 8_000; // The centre gives up after three seconds; this is the network's share.
const PULSE_MS = 3_000; // A silent line is noticed within this and SLOW_MS.

const NEEDS_CENTRE = "[data-posts], [data-pay], [data-open-sale], [data-check], [data-take-over]";

let away = false; // No answer yet: said at once, and nothing is barred, since it may only be slow.
let lost = false; // No answer came: what needs one waits until there are answers again.
let skewMs = 0;

export const isLost = () => lost;

export const now = () => new Date(Date.now() + skewMs);

function tell(isAway, isGone = isAway && lost) {
  const notice = document.querySelector("[data-out-of-reach]");
  if (notice) notice.hidden = !isAway;
  const back = away && !isAway;
  away = isAway;
  if (lost !== isGone) {
    lost = isGone;
    fence();
  }
  if (back) document.dispatchEvent(new Event("renkei:back"));
}

// While nobody answers, what needs an answer cannot be pressed, and looks so. Typing goes on.
function fence() {
  for (const button of document.querySelectorAll(NEEDS_CENTRE)) {
    if (lost) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

// A tablet's clock may be wrong; seconds waited are counted by the centre's.
function compareClocks(response) {
  const told = Date.parse(response.headers.get("Date") ?? "");
  const skew = told - Date.now();
  if (told) skewMs = Math.abs(skew) > 2_000 ? skew : 0;
}

// Returns the response; null when nobody answered.
export async function reach(address, options = {}) {
  const slow = setTimeout(() => tell(true), SLOW_MS);
  try {
    const response = await fetch(address, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
    compareClocks(response);
    if (response.status < 500) tell(false);
    return response;
  } catch {
    tell(true, true);
    return null;
  } finally {
    clearTimeout(slow);
  }
}

// Somebody answered, but not with what was asked for: the next pulse that succeeds asks again.
export const missed = () => tell(true);

let asking = false;

export async function pulse() {
  if (asking) return;
  asking = true;
  const response = await reach(document.getElementById("main").dataset.pulse);
  if (response === null || response.status >= 500) tell(true, true);
  if (response?.redirected && new URL(response.url).pathname === "/login") location.assign("/login");
  asking = false;
}

export function watchReach() {
  document.addEventListener("renkei:swapped", () => lost && fence());
  setInterval(() => {
    if (!document.hidden) pulse();
  }, PULSE_MS);
  addEventListener("offline", () => tell(true, true));
  addEventListener("online", pulse);
  document.addEventListener("visibilitychange", () => document.hidden || pulse());
}
