// What every page's script needs: requests with the token, words, elements, the status line.

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const words = JSON.parse(meta("words") || "{}");

/** The address of a page below the secret path. */
export const url = (path) => meta("root") + path;

/** A text from page_words.toml: `word("uploading", {percent: 5})`. */
export function word(name, values = {}) {
  let text = words[name] ?? name;
  if (typeof text === "object") text = values.count === 1 ? text.one : text.other;
  return text.replace(/\{(\w+)\}/g, (_, key) => shown(values[key]));
}

const shown = (value) => (typeof value === "number" ? value.toLocaleString("en") : String(value ?? ""));

const SHOWN_FOR = 6000; // milliseconds; what went wrong stays
let leaving;

/** A text with a capital letter in front. */
export const sentence = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Shows a text in the status line, which is read aloud; "wrong" looks so. */
export function say(text, kind = "") {
  const line = document.getElementById("status");
  line.textContent = text;
  line.className = kind;
  clearTimeout(leaving);
  if (!kind) leaving = setTimeout(() => (line.textContent = ""), SHOWN_FOR);
}

/** What the server answers when it cannot do something: `message` is for the person. */
export class Problem extends Error {
  constructor(status, { title = "", message = "", code = "", ...more } = {}) {
    super(message || title);
    Object.assign(this, { status, title, code, more });
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(url(path), { ...options, credentials: "same-origin", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { message: word("server_lost"), code: "lost" });
  }
  const body = await answer.json().catch(() => null); // cut off, or the page of a proxy
  if (!body) throw unreadable(answer.status);
  if (!answer.ok) throw new Problem(answer.status, body);
  return body;
}

const unreadable = (status) => new Problem(status, { message: word("unreadable_answer"), code: "unreadable" });

/** Reads JSON. */
export const get = (path, { signal } = {}) =>
  ask(path, { headers: { Accept: "application/json" }, signal });

/** Changes something: an object is sent as JSON, a file as it is. */
export function post(path, value = {}, { signal } = {}) {
  const isFile = value instanceof Blob;
  return ask(path, {
    method: "POST",
    signal,
    body: isFile ? value : JSON.stringify(value),
    headers: {
      Accept: "application/json",
      "Content-Type": isFile ? "application/octet-stream" : "application/json",
      "X-Token": meta("token"),
    },
  });
}

/** Sends a file and tells the share that has left (0 to 1). */
export function upload(path, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url(path));
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-Token", meta("token"));
    request.upload.onprogress = (event) => event.total && onProgress(event.loaded / event.total);
    request.onload = () => {
      const { status, response } = request;
      if (!response) reject(unreadable(status));
      else if (status < 300) resolve(response);
      else reject(new Problem(status, response));
    };
    request.onerror = () => reject(new Problem(0, { message: word("server_lost"), code: "lost" }));
    request.send(file);
  });
}

/** Makes an element: `element("td", {class: "wrong", title: "…"}, "text", other)`. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** Says what went wrong. A mistake of a script goes to the console too, and stops nothing else. */
export function failed(error) {
  const isProblem = error instanceof Problem;
  say(word("went_wrong", { message: isProblem ? error.message : word("script_failed") }), "wrong");
  if (!isProblem) reportError(error);
}

/** Runs what a button does; says in words what goes wrong, and keeps it from running twice. */
export async function during(button, work) {
  if (button?.getAttribute("aria-busy") === "true") return;
  button?.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    failed(error);
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

/** Shows times of the server in the person's own zone. */
export function localTimes(root = document) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const each of root.querySelectorAll("time[datetime]")) {
    const at = new Date(each.dateTime);
    if (!Number.isNaN(at.valueOf())) each.textContent = format.format(at);
  }
}

localTimes();
