// Files go up in pieces (tus 1.0.0), dropped or chosen, with progress; a broken line goes on where it stopped, after a
// reload too. Without this file the form sends them whole.
"use strict";

const TUS = { "Tus-Resumable": "1.0.0" };
const LONGEST_WAIT_MS = 30000;

const inWords = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const coded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
// By this the same file is known again when it is chosen once more.
const markOf = (file) => `${file.name}/${file.size}/${file.lastModified}`.slice(-300);

class Refused extends Error {}

class Uploads {
  constructor(form) {
    this.form = form;
    this.words = form.dataset;
    this.token = form.elements.csrf_token.value;
    this.list = form.querySelector("[data-progress]");
  }

  async ask(address, method, headers, body) {
    const answer = await fetch(address, { method, body, headers: { ...TUS, "X-CSRF-Token": this.token, ...headers } });
    if (answer.status >= 500 && answer.status !== 507) throw new Error(String(answer.status));
    return answer;
  }

  async refuse(answer) {
    const told = await answer.json().catch(() => ({}));
    throw new Refused(told.message || "");
  }

  known(file) {
    const entries = [...document.querySelectorAll("[data-upload]")];
    return entries.find((entry) => entry.dataset.mark === markOf(file))?.dataset.upload;
  }

  async begin(file) {
    const pairs = { filename: file.name, folder: this.words.folder, mark: markOf(file) };
    const metadata = Object.entries(pairs).map(([key, value]) => `${key} ${coded(value)}`).join(",");
    const answer = await this.ask(this.words.disk, "POST", { "Upload-Length": file.size, "Upload-Metadata": metadata });
    if (!answer.ok) await this.refuse(answer);
    return answer.headers.get("Location");
  }

  async offsetOf(address) {
    const answer = await this.ask(address, "HEAD", {});
    return answer.ok ? Number(answer.headers.get("Upload-Offset")) : null;
  }

  async piece(file, address, offset) {
    const body = file.slice(offset, offset + Number(this.words.piece));
    const type = "application/offset+octet-stream";
    const answer = await this.ask(address, "PATCH", { "Content-Type": type, "Upload-Offset": offset }, body);
    if (!answer.ok && answer.status !== 409) await this.refuse(answer);
    return Number(answer.headers.get("Upload-Offset"));
  }

  row(file) {
    const row = document.createElement("li");
    const text = document.createElement("span");
    const bar = document.createElement("progress");
    bar.max = file.size || 1;
    bar.setAttribute("aria-label", file.name);
    row.append(text, bar);
    this.list.append(row);
    return {
      tell: (words, values = {}) => { text.textContent = inWords(words, { name: file.name, ...values }); },
      at: (offset) => { bar.value = offset; },
      wrong: () => { row.className = "field-error"; bar.remove(); },
    };
  }

  async send(file) {
    const row = this.row(file);
    let address = this.known(file);
    let wait = 1000;
    let offset = null;
    for (;;) {
      try {
        if (address && offset === null) offset = await this.offsetOf(address);
        if (offset === null) {
          address = await this.begin(file);
          offset = 0;
        }
        while (offset < file.size) {
          row.at(offset);
          row.tell(this.words.sending, { percent: Math.floor((offset * 100) / file.size) });
          offset = await this.piece(file, address, offset);
          wait = 1000;
        }
        row.at(file.size || 1);
        row.tell(this.words.done);
        return true;
      } catch (problem) {
        if (problem instanceof Refused) {
          row.wrong();
          row.tell(`${this.words.stopped} ${problem.message}`);
          return false;
        }
        row.tell(this.words.waiting);
        await pause(wait);
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
        offset = null;
      }
    }
  }

  async sendAll(files) {
    let allKept = true;
    for (const file of files) allKept = (await this.send(file)) && allKept;
    if (allKept) window.location.reload();
  }
}

function takeFiles(form) {
  const uploads = new Uploads(form);
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-drop]");
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    uploads.sendAll(files);
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("disk-drop-over"); });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("disk-drop-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    uploads.sendAll([...event.dataTransfer.files]);
  });
}

for (const form of document.querySelectorAll("form[data-disk]")) takeFiles(form);
