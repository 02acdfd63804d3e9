// Comfort for the mailbox: keys, ticking all, and the opened mail kept in sight. Everything works without this file.
"use strict";

const mailbox = document.querySelector("[data-mailbox]");
const rows = () => [...mailbox.querySelectorAll("[data-mail]")];
const opened = mailbox && mailbox.querySelector("[data-opened]");
const TYPED = "input:not([type=checkbox]), textarea, select, [contenteditable]";

function openerOf(row) {
  return row.querySelector(".message-title");
}

function current() {
  const focused = document.activeElement && document.activeElement.closest("[data-mail]");
  return focused || mailbox.querySelector("[data-mail][aria-current]");
}

// In the list the next row is chosen, beside an opened mail the next mail is opened.
function step(by) {
  const all = rows();
  if (!all.length) return;
  const place = all.indexOf(current());
  const next = all[place < 0 ? 0 : Math.min(Math.max(place + by, 0), all.length - 1)];
  if (opened && place >= 0 && next !== all[place]) openerOf(next).click();
  else openerOf(next).focus();
}

function pressAct(...names) {
  const form = opened ? document.getElementById("mail-acts") : document.getElementById("bulk");
  if (!form) return;
  const ticked = mailbox.querySelectorAll("[data-mail] input:checked").length;
  if (!opened && !ticked) {
    const row = current();
    if (!row) return;
    row.querySelector("input").checked = true;
  }
  const button = names.map((name) => form.querySelector(`button[value="${name}"]`)).find(Boolean);
  if (button) form.requestSubmit(button);
}

// Without a mail that is open, an answer goes to the chosen one.
function answer(key, way) {
  const link = document.querySelector(`[data-key="${key}"]`);
  const row = current();
  if (link) link.click();
  else if (!opened && row) window.location.assign(`/box/compose?answer=${row.dataset.mail}&way=${way}`);
}

function starOrNot() {
  if (opened) pressAct("flag", "unflag");
  else pressAct(current() && current().querySelector(".badge-amber") ? "unflag" : "flag");
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => current() && openerOf(current()).click(),
  x: () => current() && current().querySelector("input").click(),
  c: () => mailbox.querySelector('.mailbox-folders a[href^="/box/compose"]').click(),
  r: () => answer("r", "reply"),
  a: () => answer("a", "reply_all"),
  f: () => answer("f", "forward"),
  s: starOrNot,
  e: () => pressAct("archive"),
  "#": () => pressAct("trash"),
  u: () => opened && document.querySelector("[data-back]").click(),
  "/": () => document.getElementById("mail-words").focus(),
  "?": () => document.getElementById("mailbox-keys").showModal(),
};

function takeKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest(TYPED) || document.querySelector("dialog[open]")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  for (const button of document.querySelectorAll("[data-keys]")) button.addEventListener("click", KEYS["?"]);
}

function tickMany() {
  const form = document.querySelector("[data-bulk]");
  if (!form) return;
  const note = form.querySelector("[data-ticked]");
  const all = form.querySelector("[data-tick-all]");
  const boxes = [...mailbox.querySelectorAll("[data-mail] input[type=checkbox]")];
  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    note.textContent = count ? note.dataset.words.replace("{count}", count) : "";
    if (count) form.open = true;
    all.checked = count === boxes.length;
  };
  for (const box of boxes) box.addEventListener("change", tell);
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  tell();
}

function keepInSight() {
  const row = opened && mailbox.querySelector("[data-mail][aria-current]");
  const list = row && row.closest(".mailbox-list");
  if (list && list.scrollHeight > list.clientHeight) list.scrollTop = row.offsetTop - list.clientHeight / 3;
}

if (mailbox) {
  takeKeys();
  tickMany();
  keepInSight();
}
