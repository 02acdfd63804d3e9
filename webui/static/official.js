// Comfort only: while a notice is being sent, its state on the page is looked up again every few seconds.
"use strict";

async function lookAgain() {
  const state = document.getElementById("official-state");
  const seconds = Number(state ? state.dataset.lookAgain : 0);
  if (!seconds) return;
  await new Promise((passed) => setTimeout(passed, 1000 * seconds));
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("official-state");
    if (answer.ok && fresh) {
      if (!Number(fresh.dataset.lookAgain)) return location.reload();
      state.replaceWith(fresh);
    }
  } catch {
    // The line is down for a moment; it is looked again.
  }
  lookAgain();
}

lookAgain();
