// The results of a run: compare them with the target, decide rows whose outcome is unknown.

import { during, element, get, post, say, sentence, url, word } from "./app.js";

const { run, followed } = document.getElementById("results").dataset;
const LEAST_MS = 2000; // between two questions how far another process is
const PAUSES = 20; // times as long as an answer takes

if (new URLSearchParams(location.search).has("ended")) {
  history.replaceState(null, "", location.pathname);
  document.title = `${word("done_title")} · ${document.title}`;
  document.querySelector("h1").setAttribute("tabindex", "-1");
  document.querySelector("h1").focus();
  say(`${sentence(document.getElementById("outcome").textContent)}.`);
}

document.getElementById("verify")?.addEventListener("click", (event) =>
  during(event.currentTarget, async () => {
    say(word("comparing"));
    const found = await post(`/runs/${run}/verify`);
    say("");
    verified(found);
  }));

function verified(found) {
  const box = document.getElementById("verified");
  const isSame = !(found.missing || found.different || found.twice);
  box.className = `note ${isSame ? "good" : "care"}`;
  const lines = [element("p", {}, element("strong", {}, word(isSame ? "same" : "differs", { count: found.checked })))];
  if (!isSame) lines.push(element("p", {}, word("differences", found)));
  if (found.not_kept) lines.push(element("p", {}, word("not_kept", { count: found.not_kept }), " ", found.not_kept_because));
  if (found.first.length)
    lines.push(element("ul", {}, ...found.first.map((each) => element("li", {}, word("difference", each)))));
  box.replaceChildren(...lines);
  box.hidden = false;
}

// Another process sends: what it does is in the journal, which is asked now and then.
async function follow() {
  const asked = performance.now();
  if (!document.hidden) {
    const state = await get(`/runs/${run}/standing`).catch(() => null);
    if (state?.is_over) {
      location.reload();
      return;
    }
    if (state) followedTo(state);
  }
  setTimeout(follow, Math.max(LEAST_MS, PAUSES * (performance.now() - asked)));
}

function followedTo({ done, rows, counts, outcome, look }) {
  const outcomeNow = document.getElementById("outcome");
  outcomeNow.textContent = outcome;
  outcomeNow.className = `chip big ${look}`;
  const only = new URLSearchParams(location.search).get("only");
  document.getElementById("totals").replaceChildren(
    ...counts.map((each) => {
      const link = element("a", { href: url(`/runs/${run}?only=${each.status}`), class: `total ${each.look}` },
        element("strong", {}, each.count.toLocaleString("en")), " ", element("span", {}, each.word));
      if (each.status === only) link.setAttribute("aria-current", "true");
      return element("li", {}, link);
    }),
  );
  const bar = document.getElementById("follow-bar");
  if (!bar) return;
  const figure = document.getElementById("followed");
  figure.firstElementChild.textContent = word("followed", { done: done.toLocaleString("en"), rows: rows.toLocaleString("en") });
  Object.assign(bar, { max: Math.max(rows, 1), value: done, hidden: false });
  figure.hidden = false;
}

if (followed !== undefined) follow();

for (const form of document.querySelectorAll("form.decide"))
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { row, source, sheet } = form.dataset;
    const said = new FormData(form);
    during(form.querySelector("button"), async () => {
      await post(`/runs/${run}/resolve`, { row: Number(row), source, sheet, finding: said.get("finding"), id: said.get("id") ?? "" });
      location.reload();
    });
  });
