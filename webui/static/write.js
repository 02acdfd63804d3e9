// Comfort for the letter form: files go into the draft as soon as they are chosen, and the office is suggested while
// one writes. Without this file both happen on the check page.
"use strict";

const letterForm = document.querySelector("form[data-letter]");

function uploadAsChosen() {
  const input = letterForm.querySelector("input[type=file]");
  const list = letterForm.querySelector("[data-files]");
  const note = (text) => {
    const line = document.createElement("p");
    line.className = "field-error";
    line.setAttribute("role", "alert");
    line.textContent = text;
    list.append(line);
  };
  input.addEventListener("change", async () => {
    const tooLarge = [...input.files].find((file) => file.size > Number(list.dataset.most));
    if (tooLarge) {
      note(`${list.dataset.tooLarge} ${tooLarge.name}`);
      input.value = "";
      return;
    }
    const fields = new FormData(letterForm);
    list.textContent = list.dataset.sending;
    input.disabled = true;
    try {
      const answer = await fetch("/drafts", { method: "POST", body: fields, headers: { Accept: "application/json" } });
      list.innerHTML = (await answer.json()).files;
      input.value = "";
    } catch {
      // The files stay chosen and go along with the form.
      list.textContent = "";
    }
    input.disabled = false;
  });
}

function suggestOffice() {
  const shown = letterForm.querySelector("[data-advice]");
  let timer = 0;
  let asked = "";
  const ask = async () => {
    const fields = new URLSearchParams();
    for (const name of ["csrf_token", "subject", "text"]) fields.append(name, letterForm.elements[name].value);
    const words = fields.get("subject") + fields.get("text");
    if (words.length < 10 || words === asked) return;
    asked = words;
    try {
      const answer = await fetch(shown.dataset.advice, { method: "POST", body: fields });
      if (answer.ok) shown.innerHTML = await answer.text();
    } catch {
      asked = "";
    }
  };
  letterForm.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 1500); });
  ask();
}

if (letterForm) {
  uploadAsChosen();
  suggestOffice();
}
