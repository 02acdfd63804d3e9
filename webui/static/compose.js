// Comfort for the page on which a mail is written: it is saved while one types and when one leaves, and files go up
// with progress as soon as they are chosen. Without this file the buttons of the page do both.
"use strict";

const compose = document.querySelector("form[data-compose]");
const QUIET_MS = 2000;
const LONGEST_MS = 10000;

const withValues = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

class Saving {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-saved]");
    this.changed = false;
    this.leaving = false;
    this.running = null;
    this.timer = 0;
    this.since = 0;
  }

  fields() {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string") fields.append(name, value);
    return fields;
  }

  note() {
    this.changed = true;
    const now = Date.now();
    this.since = this.since || now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), Math.max(0, Math.min(QUIET_MS, this.since + LONGEST_MS - now)));
  }

  async save() {
    if (!this.changed || this.leaving) return;
    if (this.running) {
      this.note();
      return;
    }
    this.changed = false;
    this.since = 0;
    this.running = fetch(this.form.dataset.compose, { method: "POST", body: this.fields() });
    try {
      const answer = await this.running;
      this.show(await answer.json());
    } catch {
      this.status.textContent = this.form.dataset.failed;
      this.note();
    }
    this.running = null;
  }

  show(told) {
    this.status.classList.toggle("field-error", Boolean(told.error));
    this.status.textContent = told.error || told.message || "";
    if (told.address) history.replaceState(null, "", told.address);
    if (told.files !== undefined) this.form.querySelector("[data-attached]").innerHTML = told.files;
    this.keepBox();
  }

  // A draft stays in the box that it was saved in.
  keepBox() {
    const sender = this.form.elements.sender;
    if (sender.tagName !== "SELECT") return;
    const box = sender.value.split(" ")[0];
    for (const option of sender.options) option.disabled = option.value.split(" ")[0] !== box;
  }

  leave() {
    if (this.changed && !this.leaving) navigator.sendBeacon(this.form.dataset.compose, this.fields());
    this.changed = false;
  }
}

class Files {
  constructor(form, saving) {
    this.form = form;
    this.saving = saving;
    this.input = form.querySelector("input[type=file]");
    this.list = form.querySelector("[data-progress]");
    this.busy = Promise.resolve();
  }

  row(file) {
    const row = document.createElement("li");
    const text = document.createElement("span");
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", file.name);
    row.append(text, bar);
    this.list.append(row);
    return { row, text, bar };
  }

  refuse(row, text, words) {
    row.querySelector("progress").remove();
    row.className = "field-error";
    text.textContent = words;
  }

  send(file) {
    const { row, text, bar } = this.row(file);
    if (file.size > Number(this.form.dataset.most)) {
      this.refuse(row, text, withValues(this.form.dataset.tooLarge, { name: file.name }));
      return Promise.resolve();
    }
    const body = new FormData();
    for (const [name, value] of this.saving.fields()) body.append(name, value);
    body.append("attachments", file);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => {
        bar.max = event.total;
        bar.value = event.loaded;
        const percent = Math.floor((event.loaded * 100) / event.total);
        text.textContent = withValues(this.form.dataset.sending, { name: file.name, percent });
      });
      request.addEventListener("loadend", () => {
        const told = request.response || { error: this.form.dataset.failed };
        this.saving.show({ ...told, error: "" });
        if (told.error) this.refuse(row, text, `${file.name}: ${told.error}`);
        else row.remove();
        resolve();
      });
      request.responseType = "json";
      request.open("POST", this.form.dataset.compose);
      request.send(body);
    });
  }

  // One after the other: each is saved on top of the one before.
  take() {
    for (const file of this.input.files) this.busy = this.busy.then(() => this.send(file));
    this.input.value = "";
  }
}

// Who may be meant by the last name of a line, from the reader's contacts and the city's own directory.
class Suggestions {
  constructor(form, input) {
    this.form = form;
    this.input = input;
    this.list = document.createElement("datalist");
    this.list.id = `people-${input.name}`;
    this.asked = "";
    this.timer = 0;
    input.after(this.list);
    input.setAttribute("list", this.list.id);
    input.setAttribute("autocomplete", "off");
    input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), 200);
    });
  }

  async ask() {
    const place = Math.max(...[",", "，", ";", "；"].map((sign) => this.input.value.lastIndexOf(sign))) + 1;
    const before = this.input.value.slice(0, place);
    const words = this.input.value.slice(place).trim();
    if (!words || words.includes("<") || words === this.asked) return;
    this.asked = words;
    const box = this.form.elements.sender.value.split(" ")[0];
    const answer = await fetch(`/box/suggest?${new URLSearchParams({ box, q: words })}`).catch(() => null);
    if (!answer || !answer.ok || this.asked !== words) return;
    const { people } = await answer.json();
    this.list.replaceChildren(...people.map((one) => this.option(before, one)));
  }

  option(before, one) {
    const option = document.createElement("option");
    const person = one.name ? `${one.name.replace(/[,;:<>"()@\\]/g, " ")} <${one.address}>` : one.address;
    option.value = `${before}${before ? " " : ""}${person}`;
    option.label = one.official ? `${person} · ${this.form.dataset.official}` : person;
    // Browsers hide what does not hold the typed letters, such as an office that is found by its short name.
    const typed = this.input.value;
    const holds = (text) => text.toLowerCase().includes(typed.toLowerCase());
    if (!holds(option.value) && !holds(option.label)) option.label = `${typed} → ${option.label}`;
    return option;
  }
}

function guardWriting() {
  const saving = new Saving(compose);
  const files = new Files(compose, saving);
  for (const name of ["to", "cc", "bcc"]) new Suggestions(compose, compose.elements[name]);
  compose.addEventListener("input", (event) => { if (event.target.type !== "file") saving.note(); });
  files.input.addEventListener("change", () => files.take());
  compose.addEventListener("submit", () => { saving.leaving = true; });
  window.addEventListener("pageshow", () => { saving.leaving = false; });
  window.addEventListener("pagehide", () => saving.leave());
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") saving.leave(); });
  const first = ["to", "text"].map((name) => compose.elements[name]).find((field) => !field.value.trim() || field.name === "text");
  if (!document.querySelector("[data-focus]")) {
    first.focus();
    if (first.name === "text") first.setSelectionRange(0, 0);
  }
}

if (compose) guardWriting();
