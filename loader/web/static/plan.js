// Makes the plan where there is none, or an old one; says that it works: it may take some seconds.

import { say, word } from "./app.js";

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter ?? [...form.elements].find((each) => each.type === "submit");
    if (button.getAttribute("aria-busy") === "true") return event.preventDefault();
    button.setAttribute("aria-busy", "true");
    say(word("working"));
  });
}
document.querySelector("form[data-at-once]")?.requestSubmit();
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // the plan may have been used since
});
