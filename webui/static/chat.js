// The live chat: what is new comes over a socket, or by long polling where there is none; what is said is posted like
// the form without this file, and posted again with the same token until it was taken. Without this file one reloads.
"use strict";

const BACK_OFF = [500, 1000, 2000, 5000, 10000];
const TYPING_EVERY = 3000;
const TYPING_SHOWN = 5000;
const SOCKET_TRIES = 2;
const NOT_YOURS = 1008;

const root = document.querySelector("[data-chat]");
const log = document.querySelector("ol.talk");
if (log) log.setAttribute("aria-live", "polite");
const state = root.querySelector("[data-chat-state]");
const typingNote = root.querySelector("[data-chat-typing]");
const form = document.querySelector("[data-chat-form]");
const title = document.title;
let after = Number(root.dataset.after);
let mark = root.dataset.mark;
let socket = null;
let failures = 0;
let opened = false;
let typingTimer = 0;
let unseen = 0;
let newer = null;

const wait = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

function address(path) {
  const url = new URL(path, location.href);
  url.searchParams.set("after", after);
  url.searchParams.set("mark", mark);
  return url;
}

function note(text) {
  clearTimeout(typingTimer);
  typingNote.textContent = text;
}

function call() {
  if (!document.hidden) return;
  unseen += 1;
  document.title = `(${unseen}) ${title}`;
}

function append(messages) {
  for (const message of messages) {
    if (message.seq <= after) continue;
    after = message.seq;
    if (!log) continue;
    log.insertAdjacentHTML("beforeend", message.html);
    if (message.author !== "system") call();
    note("");
  }
  if (log && messages.length) log.lastElementChild.scrollIntoView({ block: "nearest" });
}

// Whoever is about to press a button keeps it until he leaves it.
function showState() {
  if (newer === null || state.contains(document.activeElement)) return;
  state.innerHTML = newer;
  newer = null;
}

function tell(frame) {
  append(frame.messages || []);
  if (frame.state !== undefined && frame.state !== null) {
    mark = frame.mark;
    newer = frame.state;
    showState();
    if (root.dataset.alert && !log) call();
    const over = ["ended", "letter", "gone"].includes(frame.stage);
    if (over) for (const one of document.querySelectorAll("[data-chat-form], [data-chat-end]")) one.hidden = true;
  }
  if (frame.typing) {
    note(root.dataset.typing || "");
    typingTimer = setTimeout(() => note(""), TYPING_SHOWN);
  }
}

function listen() {
  const url = address(root.dataset.live);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return new Promise((done) => {
    socket = new WebSocket(url);
    socket.onopen = () => { opened = true; failures = 0; note(""); };
    socket.onmessage = (event) => tell(JSON.parse(event.data));
    socket.onclose = (event) => {
      socket = null;
      if (event.code === NOT_YOURS) location.reload();
      done();
    };
  });
}

async function poll() {
  const answer = await fetch(address(root.dataset.poll), { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  failures = 0;
  note("");
  tell(await answer.json());
}

async function follow() {
  for (;;) {
    try {
      if (window.WebSocket && (opened || failures < SOCKET_TRIES)) {
        await listen();
        failures += 1;
      } else {
        await poll();
      }
    } catch {
      failures += 1;
    }
    if (failures) {
      if (failures > 1) note(root.dataset.lost);
      await wait(BACK_OFF[Math.min(failures, BACK_OFF.length) - 1]);
    }
  }
}

async function post(body) {
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.ok || answer.status < 500) return answer;
    } catch {
      // No answer: perhaps it was taken, perhaps not. The same token tells.
    }
    note(root.dataset.failed);
    await wait(BACK_OFF[Math.min(tries, BACK_OFF.length - 1)]);
  }
}

function freshToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function send(event) {
  event.preventDefault();
  const text = form.elements.text;
  const files = form.elements.attachments;
  const problem = form.querySelector("[data-chat-error]");
  if (!text.value.trim() && !files.files.length) return;
  const body = new FormData(form);
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  problem.textContent = "";
  const answer = await post(body);
  button.disabled = false;
  note("");
  if (!answer.ok) {
    problem.textContent = (await answer.json()).error;
    return;
  }
  form.elements.form_token.value = freshToken();
  text.value = "";
  files.value = "";
  text.focus();
}

function typing() {
  let last = 0;
  form.elements.text.addEventListener("input", () => {
    if (!socket || socket.readyState !== WebSocket.OPEN || Date.now() - last < TYPING_EVERY) return;
    last = Date.now();
    socket.send("typing");
  });
}

function submitWithKeys() {
  form.elements.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

function searchAnswers() {
  const search = document.querySelector("[data-answers]");
  if (!search) return;
  const found = document.querySelector("[data-answers-found]");
  search.addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = new URLSearchParams(new FormData(search));
    const answer = await fetch(`${search.dataset.answers}?${query}`);
    if (answer.ok) found.innerHTML = await answer.text();
  });
  found.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const lines = [...button.closest("article").querySelectorAll("[data-canned-text] p")].map((one) => one.textContent);
    const area = form.elements.text;
    area.value = [area.value.trim(), lines.join("\n")].filter(Boolean).join("\n");
    area.focus();
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = title;
});
state.addEventListener("focusout", () => setTimeout(showState));
if (form) {
  form.addEventListener("submit", send);
  typing();
  submitWithKeys();
}
searchAnswers();
follow();
