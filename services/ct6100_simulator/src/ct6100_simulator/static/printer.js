// The receipt printer beside the terminal: its paper as it comes out, and what a hand does to it.

const NOTES_SHOWN = 40; // the newest of its log

const $ = (id) => document.getElementById(id);
const box = $("printer");
const texts = box ? JSON.parse(box.dataset.texts) : {};
const drawn = new Map(); // a piece's number → its figure: paper that was cut never changes

let name = box?.dataset.printer;
let events = null;
let alone = 0; // answers that are under way, so that a double tap is one

function filled(key, values) {
  return texts[key].replace(/\{(\w+)\}/g, (_, each) => values[each]);
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// --- talking to the server ---

async function ask(path, method, body) {
  if (alone) return;
  alone += 1;
  try {
    const answer = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const problem = answer.ok ? null : await answer.json().catch(() => ({}));
    $("printer-answer").textContent = problem ? (texts.problems[problem.code] ?? problem.title ?? texts.away) : "";
  } catch {
    $("printer-answer").textContent = texts.away;
  } finally {
    alone -= 1;
  }
}

const printer = () => `/api/printers/${encodeURIComponent(name)}`;

// --- paper ---

function figure(piece, hanging) {
  const made = element("figure", undefined, hanging ? "slip slip-hanging" : piece.cut ? "slip slip-cut" : "slip slip-torn");
  const picture = document.createElement("img");
  picture.src = hanging ? `${piece.png_url}?height=${piece.height}&lines=${piece.lines.length}` : piece.png_url;
  picture.alt = piece.text;
  picture.width = piece.width + 48;
  picture.decoding = "async";
  made.append(picture);
  if (!hanging) {
    const at = new Date(piece.at).toLocaleTimeString("ja-JP");
    const said = [filled("piece", { at })];
    if (piece.drawer_kicks) said.push(filled("drawer", { n: piece.drawer_kicks }));
    made.append(element("figcaption", said.join(" · ")));
  }
  return made;
}

function showPaper(paper) {
  const numbers = new Set(paper.pieces.map((piece) => piece.number));
  for (const number of [...drawn.keys()]) if (!numbers.has(number)) drawn.delete(number);
  for (const piece of paper.pieces) {
    if (!drawn.has(piece.number)) drawn.set(piece.number, figure(piece, false));
  }
  const slips = paper.pieces.map((piece) => drawn.get(piece.number)).reverse();
  if (paper.hanging) slips.unshift(figure(paper.hanging, true));
  $("printer-pieces").replaceChildren(...slips);
  $("printer-empty").hidden = slips.length > 0;
  $("printer-bin").disabled = slips.length === 0;
  $("printer-tear").hidden = !paper.hanging;
}

// --- how it is ---

function condition(state, armed) {
  if (state.power === "off") return "off";
  if (armed.has("cable")) return "cable";
  if (state.cover === "open") return "cover_open";
  if (state.paper === "out") return "paper_out";
  return state.connected ? "printing" : "ready";
}

function showState(state) {
  const armed = new Set(state.faults.map((each) => each.fault));
  const now = condition(state, armed);
  const well = now === "ready" || now === "printing";
  const looks = well ? "connected" : now === "off" ? "off" : "disconnected";
  $("printer-state").className = `chip chip-${looks}`;
  $("printer-state").textContent = texts[now];
  $("printer-body").dataset.state = now;
  const said = [];
  if (state.waiting) said.push(filled("waiting", { n: state.waiting }));
  if (state.drawer_kicks) said.push(filled("drawer_count", { n: state.drawer_kicks }));
  if (state.ignored) said.push(filled("ignored", { n: state.ignored }));
  $("printer-counts").textContent = said.join(" · ");
  $("printer-fault-count").textContent = armed.size || "";
  for (const form of document.querySelectorAll("[data-printer-fault]")) {
    const button = form.querySelector("button");
    const on = armed.has(form.dataset.printerFault);
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? texts.fault_is_set : texts.fault_set;
  }
}

function showLog(notes) {
  const lines = notes.slice(-NOTES_SHOWN).reverse().map((note) => {
    const made = element("li");
    made.append(element("time", new Date(note.at).toLocaleTimeString("ja-JP")), element("b", note.what));
    made.append(element("span", note.why));
    return made;
  });
  $("printer-log").replaceChildren(...lines);
}

function listen() {
  events?.close();
  drawn.clear();
  events = new EventSource(`${printer()}/events`);
  events.addEventListener("paper", (event) => {
    const paper = JSON.parse(event.data);
    showPaper(paper);
    showState(paper.state);
    showLog(paper.log);
  });
  events.addEventListener("error", () => {
    $("printer-state").className = "chip chip-unknown";
    $("printer-state").textContent = texts.away;
  });
}

if (box) {
  for (const tab of document.querySelectorAll(".printer-tab")) {
    tab.addEventListener("click", () => {
      name = tab.dataset.name;
      for (const each of document.querySelectorAll(".printer-tab")) {
        each.setAttribute("aria-pressed", String(each === tab));
      }
      listen();
    });
  }
  for (const form of document.querySelectorAll("[data-printer-fault]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const body = { fault: form.dataset.printerFault };
      for (const field of form.querySelectorAll("input")) {
        if (field.value !== "") body[field.name] = Number(field.value);
      }
      ask(`${printer()}/faults`, "POST", body);
    });
  }
  $("printer-mend").addEventListener("click", () => ask(`${printer()}/faults`, "DELETE"));
  $("printer-tear").addEventListener("click", () => ask(`${printer()}/tear`, "POST", {}));
  $("printer-bin").addEventListener("click", () => ask(`/api/paper/${encodeURIComponent(name)}`, "DELETE"));
  listen();
}
