// Tests the links of an offer, when the person asks for it.

import { during, element, post, say, word } from "./app.js";

const button = document.getElementById("test-links");
button?.addEventListener("click", () =>
  during(button, async () => {
    say(word("testing"));
    const { links } = await post(button.dataset.path, { row: Number(button.dataset.row) });
    const rows = [...document.querySelectorAll("#links tr")];
    for (const link of links) {
      const cell = rows.find((row) => row.dataset.url === link.url)?.cells[1];
      cell?.replaceChildren(element("span", { class: `chip ${link.kind}` }, link.words));
      if (link.details) cell?.append(" ", link.details);
    }
    const wrong = links.filter((link) => link.kind === "bad").length;
    say(word(wrong ? "some_wrong" : "all_right", { count: wrong }), wrong ? "wrong" : "");
  }),
);
