// The start page: a file that is dropped or chosen is sent as it is; the server opens it.

import { element, get, say, upload, url, word } from "./app.js";

const form = document.getElementById("drop");
const field = document.getElementById("file");
const bar = document.getElementById("upload");
const said = document.getElementById("said");
const choose = document.getElementById("choose");
const mostMb = Number(form.dataset.mostMb);

choose.addEventListener("click", () => field.click());
field.addEventListener("change", () => field.files.length && open(field.files));
form.addEventListener("submit", (event) => event.preventDefault());

// The whole page takes a drop: a file that misses the box must not replace the page.
let depth = 0;
addEventListener("dragenter", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  depth += 1;
  form.classList.add("over");
});
addEventListener("dragleave", () => {
  depth = Math.max(0, depth - 1);
  if (!depth) form.classList.remove("over");
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  form.classList.remove("over");
  if (event.dataTransfer?.files.length) open(event.dataTransfer.files);
});

function wrong(text) {
  said.textContent = text;
  bar.hidden = true;
  choose.disabled = false;
  field.value = "";
}

async function open(files) {
  if (choose.disabled) return;
  const [file] = files;
  if (files.length > 1) return wrong(word("one_file"));
  if (!file.size) return wrong(word("empty", { name: file.name }));
  const mb = file.size / 1024 ** 2;
  if (mb > mostMb)
    return wrong(word("too_large", { name: file.name, size: Math.ceil(mb), most: mostMb }));
  said.textContent = "";
  choose.disabled = true;
  bar.hidden = false;
  bar.removeAttribute("value");
  say(word("reading", { name: file.name }));
  try {
    const made = await upload(`/drafts?name=${encodeURIComponent(file.name)}`, file, (share) => {
      if (share < 1) bar.value = share * 100;
      else bar.removeAttribute("value");
    });
    location.assign(url(made.path));
  } catch (error) {
    say("");
    wrong(error.message);
  }
}

const inbox = document.getElementById("inbox");
if (inbox) showInbox();

async function showInbox() {
  let found;
  try {
    found = await get("/inbox");
  } catch {
    return; // the page is of use without it
  }
  const lines = [];
  if (found.waiting !== undefined) {
    lines.push(found.waiting ? word("waiting", { count: found.waiting }) : word("nothing_waits"));
    if (found.failed) lines.push(word("failed", { count: found.failed }));
    if (found.waiting && !found.is_watched) lines.push(word("nobody_watches"));
  }
  inbox.append(element("p", {}, lines.join(" ")));
  const more = [
    ...(found.files ?? []).map((file) => (file.reason ? word("waits_for", file) : file.name)),
    ...(found.problems ?? []),
  ];
  if (more.length) inbox.append(element("ul", {}, ...more.map((line) => element("li", {}, line))));
  inbox.hidden = false;
}

for (const each of document.querySelectorAll("form.remove"))
  each.addEventListener("submit", (event) => {
    const { name, edited } = each.dataset;
    const count = Number(edited);
    if (count && !confirm(word("remove_sure", { name, count }))) event.preventDefault();
  });
