// The reviewers' pages: the decision bar, a suggested question, and keyboard shortcuts. Every page works without this file.
"use strict";

const SHORTCUTS_OFF = "ls-expert:shortcuts-off";

// Unfolds the form of a decision beside the dossier, folds the others, and goes to its first field.
function openDecision(action) {
  const part = document.getElementById(`decide-${action}`);
  if (!part) return;
  for (const other of document.querySelectorAll("details.decide")) other.open = other === part;
  part.scrollIntoView({ block: "start" });
  part.querySelector("input:not([type=hidden]), select, textarea, button")?.focus({ preventScroll: true });
}
for (const choice of document.querySelectorAll("[data-decide]")) {
  choice.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openDecision(choice.dataset.decide);
  });
}

// What was refused: its message is in sight and has the focus.
const wrong = document.querySelector("[data-error]");
if (wrong) {
  wrong.scrollIntoView({ block: "center" });
  wrong.focus({ preventScroll: true });
} else if (document.querySelector("details.decide[open]") && new URLSearchParams(location.search).get("decide")) {
  openDecision(new URLSearchParams(location.search).get("decide"));
}

// Live interview: the suggested question goes into the field, where it can be changed before it is asked.
for (const use of document.querySelectorAll("[data-use-question]")) {
  use.addEventListener("click", (event) => {
    event.preventDefault();
    const field = document.getElementById("text"), about = document.getElementById("competency");
    field.value = document.querySelector("[data-suggested]").textContent;
    if (use.dataset.competency) about.value = use.dataset.competency;
    field.focus();
  });
}

// Templates: the chosen text goes into the reason, after what is there, and can be changed.
for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
for (const choice of document.querySelectorAll("[data-fills]")) {
  choice.addEventListener("change", () => {
    if (!choice.value) return;
    const field = document.getElementById(choice.dataset.fills), said = field.value.trim();
    field.value = said ? `${said}\n${choice.value}` : choice.value;
    choice.value = "";
    field.focus();
  });
}

// Single keys, which can be switched off (WCAG 2.1.4), and are letters wherever somebody writes.
const list = document.getElementById("shortcuts");
function shortcutsAreOn() {
  try { return localStorage.getItem(SHORTCUTS_OFF) === null; } catch { return true; }
}
function go(selector) {
  document.querySelector(selector)?.click();
}
function toRow(step) {
  const rows = [...document.querySelectorAll("[data-queue-row]")];
  const at = rows.indexOf(document.activeElement);
  (rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)])?.focus();
}
const inQueue = document.querySelector("[data-queue-row]") !== null;
const SHORTCUTS = {
  j: () => (inQueue ? toRow(1) : go("[data-next]")),
  k: () => (inQueue ? toRow(-1) : go("[data-previous]")),
  v: () => go("[data-decide=verify]"),
  e: () => go("[data-decide=ask_more]"),
  d: () => go("[data-decide=decline]"),
  "?": () => list.showModal(),
};
if (list) {
  const on = list.querySelector("[data-shortcuts-on]");
  on.checked = shortcutsAreOn();
  on.addEventListener("change", () => {
    try { on.checked ? localStorage.removeItem(SHORTCUTS_OFF) : localStorage.setItem(SHORTCUTS_OFF, "1"); } catch { /* no storage: on for this page */ }
  });
  for (const opener of document.querySelectorAll("[data-shortcuts-open]")) {
    opener.hidden = false;
    opener.querySelector("button").addEventListener("click", () => list.showModal());
  }
  document.addEventListener("keydown", (event) => {
    const writes = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
    if (writes || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !shortcutsAreOn()) return;
    const act = Object.hasOwn(SHORTCUTS, event.key) ? SHORTCUTS[event.key] : null;
    if (act) { event.preventDefault(); act(); }
  });
}
