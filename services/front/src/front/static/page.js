// The page as it stands: where it is, its words, and how its <main> is exchanged for a newer one.

export const main = () => document.getElementById("main");

export const yen = (amount) => `¥${amount.toLocaleString("ja-JP")}`;

const words = JSON.parse(document.getElementById("words").textContent);

export function say(problem) {
  const place = main().querySelector("[data-refused]");
  const code = problem?.code ?? "service_unavailable";
  place.replaceChildren(words[code] ?? words.internal_error);
  const small = document.createElement("small");
  small.textContent = code;
  place.append(small);
  place.hidden = false;
}

export function unsay() {
  main().querySelector("[data-refused]").hidden = true;
}

let going = null;
let again = false;

// One exchange at a time; a wish during one is one more afterwards.
export function refresh() {
  if (going) {
    again = true;
    return going;
  }
  going = exchange().finally(() => {
    going = null;
    if (again) {
      again = false;
      refresh();
    }
  });
  return going;
}

async function exchange() {
  let response;
  try {
    response = await fetch(location.href, { headers: { Accept: "text/html" } });
  } catch {
    return;
  }
  if (response.redirected && new URL(response.url).pathname === "/login") {
    location.assign("/login");
    return;
  }
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const next = fresh.getElementById("main");
  if (!next || document.querySelector("dialog[open]")?.dataset.keep) return;
  const before = main();
  if (before.dataset.stage === next.dataset.stage && before.dataset.sequence === next.dataset.sequence) return;
  before.replaceWith(document.adoptNode(next));
  document.title = fresh.title;
  document.dispatchEvent(new Event("renkei:swapped"));
}

export async function go(address) {
  history.pushState(null, "", address);
  main().dataset.stage = "";
  await refresh();
}

addEventListener("popstate", () => {
  main().dataset.stage = "";
  refresh();
});
