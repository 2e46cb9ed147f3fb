// 管理画面 works without a script; this keeps a form from being sent twice, and 機器一覧 fresh.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  else if (form.method === "post") {
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  }
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

const REFRESH_MS = 5000;

// The same address once more; only the table is exchanged, so that filters stay as they are typed.
async function refresh() {
  const before = document.querySelector("[data-refresh]");
  if (!before || document.hidden) return;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const next = fresh.getElementById(before.id);
  if (next && !before.contains(document.activeElement)) before.replaceWith(document.adoptNode(next));
}
if (document.querySelector("[data-refresh]")) setInterval(refresh, REFRESH_MS);
