// The results of a run: compare them with the target, decide rows whose outcome is unknown.

import { during, element, post, say, word } from "./app.js";

const run = document.getElementById("results").dataset.run;

if (new URLSearchParams(location.search).has("ended")) {
  history.replaceState(null, "", location.pathname);
  document.title = `${word("done_title")} · ${document.title}`;
  document.querySelector("h1").setAttribute("tabindex", "-1");
  document.querySelector("h1").focus();
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
