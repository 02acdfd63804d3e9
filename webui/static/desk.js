// Comfort for the desk: a long list of offices shrinks while one types, and an answer that was not kept is not left by
// mistake. Without this file everything works from the plain lists and buttons.
"use strict";

function filterOffices() {
  for (const search of document.querySelectorAll("[data-filter]")) {
    const select = document.getElementById(search.dataset.filter);
    const note = document.querySelector(`[data-filter-note="${select.id}"]`);
    const [none, ...all] = select.options;
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      const chosen = select.value;
      const found = all.filter((one) => `${one.text} ${one.dataset.words}`.toLowerCase().includes(wanted));
      // What the name says comes before what the duties say.
      if (wanted) found.sort((one, other) => other.text.includes(wanted) - one.text.includes(wanted));
      select.replaceChildren(none, ...found);
      const only = wanted && found.length === 1 ? found[0].value : "";
      select.value = only || (found.some((one) => one.value === chosen) ? chosen : "");
      note.textContent = wanted ? search.dataset.found.replace("{count}", found.length) : "";
    });
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }
}

function openNamedMove() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
}

function warnOfUnsaved() {
  const form = document.querySelector("form[data-unsaved]");
  if (!form) return;
  let touched = Boolean(document.querySelector("[data-focus]"));
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
}

filterOffices();
openNamedMove();
window.addEventListener("hashchange", openNamedMove);
warnOfUnsaved();
