// Nobody leaves the sheet before what was done there is saved.

import { during, say, word } from "./app.js";

/** Lets a link wait until every edit is saved; the browser asks before all other ways out. */
export function holdUntilSaved(edits) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link?.target;
    const isHere = link?.getAttribute("href").startsWith("#");
    if (!link || isElsewhere || isHere || event.defaultPrevented || !edits.isUnsaved) return;
    event.preventDefault();
    during(link, async () => {
      say(word("saving"));
      if (await edits.saved()) location.assign(link.href);
    });
  });
  addEventListener("beforeunload", (event) => {
    if (edits.isUnsaved) event.preventDefault();
  });
}
