// A run at work: one stream of its state while the page is looked at, a question now and then while
// it is not.

import { during, element, get, post, url, word } from "./app.js";

const run = document.getElementById("run").dataset.run;
const part = (id) => document.getElementById(id);
const HIDDEN_MS = 4000;
const SPOKEN_MS = 10_000;

let stream = null;
let timer = 0;
let spokenAt = 0;
let shownRow = 0;
let isLeaving = false;
const heading = part("heading").textContent;

function show(state) {
  const { done, total, counts } = state;
  const share = total ? Math.min(1, done / total) : null;
  part("phase").textContent = state.paused ? word("paused") : state.stopping ? word("stopping") : word(`phase_${state.phase}`);
  const bar = part("bar");
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
  part("figure").textContent = total ? word("of", { done, total }) : word("so_far", { done });
  part("share").textContent = [
    ["failed", counts.failed],
    ["unknown", counts.unknown],
  ].filter(([, count]) => count).map(([name, count]) => word(name, { count })).join(" · ");
  part("rate").textContent = (!state.paused && state.rate) || "–";
  part("left").textContent = state.paused ? "–" : state.left.replace(" left", "") || "–";
  part("why").textContent = state.paused ? word("why_paused") : state.why || word("why_nothing");
  part("pause").hidden = state.paused || state.stopping;
  part("go-on").hidden = !state.paused || state.stopping;
  part("stop").disabled = state.stopping;
  document.title = `${share === null ? "…" : `${Math.floor(share * 100)} %`} · ${heading}`;
  rows(state.rows);
  const [percent, { left }] = [Math.floor(share * 100), state];
  speak(share === null ? part("figure").textContent : word(left ? "spoken_left" : "spoken", { percent, left }));
  if (state.over) over(state);
}

function rows(latest) {
  const fresh = latest.filter((row) => row.number > shownRow);
  if (!fresh.length) return;
  const table = part("latest");
  if (!shownRow) table.replaceChildren();
  shownRow = fresh.at(-1).number;
  for (const row of fresh) {
    table.prepend(element("tr", { class: "fresh" },
      element("td", {}, row.name),
      element("td", {}, element("span", { class: `chip ${{ done: "good", failed: "bad", unknown: "care" }[row.status]}` }, word(`row_${row.status}`))),
      element("td", { class: "detail" }, row.id ? element("code", {}, row.id) : row.message)));
  }
  while (table.children.length > 12) table.lastChild.remove();
}

function speak(text) {
  if (Date.now() - spokenAt < SPOKEN_MS) return;
  spokenAt = Date.now();
  part("spoken").textContent = text;
}

function over(state) {
  if (isLeaving) return;
  isLeaving = true;
  close();
  const text = word(state.problem || state.crash ? "ended" : "finished", { count: state.done });
  document.title = `${word("done_title")} · ${heading}`;
  part("spoken").textContent = text;
  if (document.hidden && globalThis.Notification?.permission === "granted") new Notification(heading, { body: text, tag: run });
  location.replace(url(`/runs/${run}?ended=1`));
}

// One stream for each page that is looked at: a browser opens few connections to one server.
function open() {
  close();
  if (isLeaving) return;
  if (document.hidden) {
    timer = setInterval(ask, HIDDEN_MS);
    return;
  }
  stream = new EventSource(url(`/runs/${run}/events`));
  stream.onmessage = (event) => show(JSON.parse(event.data));
  stream.onerror = () => {
    if (isLeaving) return;
    part("phase").textContent = word("lost");
    if (stream.readyState === EventSource.CLOSED) {
      close();
      timer = setInterval(ask, HIDDEN_MS);
    }
  };
}

function close() {
  stream?.close();
  stream = null;
  clearInterval(timer);
}

async function ask() {
  try {
    show(await get(`/runs/${run}/state`));
  } catch (problem) {
    if (problem.status === 409) location.replace(url(`/runs/${run}`));
    else part("phase").textContent = problem.message;
  }
}

const act = (name) => (event) => during(event.currentTarget, () => post(`/runs/${run}/${name}`));
part("pause").addEventListener("click", act("pause"));
part("go-on").addEventListener("click", act("go-on"));
part("stop").addEventListener("click", () => part("stop-dialog").showModal());
part("stop-no").addEventListener("click", () => part("stop-dialog").close());
part("stop-yes").addEventListener("click", async (event) => {
  await act("stop")(event);
  part("stop-dialog").close();
});

const tell = part("tell");
tell.hidden = globalThis.Notification?.permission !== "default";
tell.addEventListener("click", async () => {
  tell.hidden = (await Notification.requestPermission()) !== "default";
});

document.addEventListener("visibilitychange", open);
addEventListener("pagehide", close);
addEventListener("pageshow", open);
