// Comfort only: every page reads and writes without this file.
"use strict";

document.documentElement.classList.add("scripted");

function focusOnErrors() {
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
}

function countCharacters() {
  for (const area of document.querySelectorAll("textarea[data-counter]")) {
    const note = document.querySelector(`[data-counter-for="${area.id}"]`);
    const most = Number(area.dataset.counter);
    const show = () => {
      const count = [...area.value].length;
      note.textContent = note.dataset.text.replace("{count}", count).replace("{most}", most);
      note.classList.toggle("field-error", count > most);
    };
    note.hidden = false;
    area.addEventListener("input", show);
    show();
  }
}

// <form data-autosave="/address"> posts its fields (never its files) a second after the last key and shows the
// answer's "message" in the form's [data-autosave-status]; the page then has the answer's "address", so that loading it
// again shows what was typed.
function saveAsTyped() {
  for (const form of document.querySelectorAll("form[data-autosave]")) {
    const status = form.querySelector("[data-autosave-status]");
    let timer = 0;
    let running = null;
    const save = async () => {
      if (running) running.abort();
      running = new AbortController();
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
      try {
        const answer = await fetch(form.dataset.autosave, {
          method: "POST", body: fields, signal: running.signal, headers: { Accept: "application/json" },
        });
        const result = await answer.json();
        if (status && result.message) status.textContent = result.message;
        if (result.address) history.replaceState(null, "", result.address);
      } catch (problem) {
        if (problem.name !== "AbortError" && status) status.textContent = status.dataset.failed || "";
      }
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 1000); });
    form.addEventListener("submit", () => { clearTimeout(timer); if (running) running.abort(); });
  }
}

function readAloud() {
  for (const button of document.querySelectorAll("[data-read-aloud]")) {
    if (!window.speechSynthesis) { button.remove(); continue; }
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const speaking = button.getAttribute("aria-pressed") === "true";
      speechSynthesis.cancel();
      button.setAttribute("aria-pressed", String(!speaking));
      if (speaking) return;
      const speech = new SpeechSynthesisUtterance(document.getElementById(button.dataset.readAloud).innerText);
      speech.lang = document.documentElement.lang;
      speech.onend = () => button.setAttribute("aria-pressed", "false");
      speechSynthesis.speak(speech);
    });
  }
}

function printPage() {
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
}

// A second press of a submit button would only be the same letter again: spare the wait. A form that answers with a
// download (data-again) leaves its page open and may be sent again.
function sendOnce() {
  for (const form of document.querySelectorAll("form[method=post]:not([data-again])")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}

focusOnErrors();
countCharacters();
saveAsTyped();
readAloud();
printPage();
sendOnce();
