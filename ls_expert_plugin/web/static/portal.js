// The interview page, and small conveniences. Every page works without this file.
"use strict";

const DRAFTS = "ls-expert:answer:";

function chat(room) {
  const part = (name) => room.querySelector(`[data-${name}]`);
  const answer = part("answer"), askAgain = part("ask-again");
  if (!answer) return; // over
  const turns = part("turns"), coming = part("coming"), status = part("status");
  const text = part("text"), replyTo = part("reply-to"), send = part("send"), error = part("error"), counter = part("counter"), saved = part("saved");
  const limit = Number(room.dataset.limit);
  const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
  let busy = false;
  const seen = whatIsSeen(text);

  const draftKey = () => `${DRAFTS}${room.dataset.interview}:${replyTo.value}`;
  // A draft is kept in this browser at once, for when the network is gone, and by the service soon after, for other devices.
  // What the service has not got is the newer one, whatever the clocks say.
  const keep = (value, isAtService = false) => {
    try { value ? localStorage.setItem(draftKey(), JSON.stringify([value, isAtService])) : localStorage.removeItem(draftKey()); } catch { /* no storage: the box still has it */ }
  };
  const kept = () => { try { return JSON.parse(localStorage.getItem(draftKey())) || ["", true]; } catch { return ["", true]; } };
  const mark = (words) => { saved.textContent = text.value ? words : ""; };
  let unsent = null;
  async function keepAtService(whileLeaving) {
    clearTimeout(unsent);
    unsent = null;
    const now = text.value, question = replyTo.value;
    try {
      const response = await fetch(room.dataset.draft, {
        method: "PUT", headers: { ...headers, "Content-Type": "application/json" }, keepalive: whileLeaving,
        body: JSON.stringify({ in_reply_to: Number(question), text: now }),
      });
      await response.text();
      if (now !== text.value || question !== replyTo.value) return;
      if (response.ok) keep(now, true);
      mark(response.ok ? "Saved as a draft" : "Saved in this browser");
    } catch { mark("Saved in this browser"); }
  }

  function count() {
    const length = [...text.value.trim()].length;
    counter.textContent = length > limit * 0.8 ? `${length.toLocaleString()} of ${limit.toLocaleString()} characters` : "";
    counter.classList.toggle("over", length > limit);
  }

  function say(message, link) {
    error.replaceChildren(message || "");
    if (link) {
      const a = document.createElement("a");
      a.href = link.href;
      a.textContent = link.words;
      error.append(" ", a);
    }
    error.hidden = !message;
    message ? text.setAttribute("aria-invalid", "true") : text.removeAttribute("aria-invalid");
  }

  function show(turn) {
    const item = document.createElement("li"), speaker = document.createElement("span"), said = document.createElement("p");
    item.className = `turn ${turn.speaker}`;
    speaker.className = "speaker";
    speaker.textContent = turn.speaker === "candidate" ? "You" : "Interviewer";
    said.className = "said";
    said.textContent = turn.text;
    item.append(speaker, said);
    turns.append(item);
    item.scrollIntoView({ block: "nearest" });
  }

  function showProgress(far) {
    document.querySelector("[data-progress-words]").textContent = `Question ${far.asked} of at most ${far.budget}`;
    document.querySelector("[data-progress-bar]").value = far.asked;
    document.querySelector("[data-remaining]").textContent = far.remaining.length ? `Still to come: ${far.remaining.join(" · ")}` : "";
  }

  // What went wrong, as a sentence; a signed-out reader also gets the way back in.
  async function refusal(response) {
    if (response.status === 401) {
      return ["You have been signed out. Your text is kept in this browser.", { href: room.dataset.signIn, words: "Sign in again" }];
    }
    let code = "", message = "Your answer was not saved. Your text is still in the box. Try again in a minute.";
    try { ({ code, message } = (await response.json()).error); } catch { /* not ours: keep the sentence */ }
    if (code === "form_expired") message = "Your session has expired, or you signed in again elsewhere. Your text is kept in this browser.";
    return [message, ["form_expired", "conflict"].includes(code) ? { href: location.pathname, words: "Load the page again" } : null];
  }

  async function sendAnswer() {
    if (busy) return;
    busy = true;
    send.setAttribute("aria-disabled", "true");
    say("");
    let response;
    try {
      response = await fetch(room.dataset.answers, {
        method: "POST", headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify({ in_reply_to: Number(replyTo.value), text: text.value, seen: seen.report() }),
      });
    } catch {
      say("There is no connection. Your text is still in the box. Try again in a minute.");
    }
    if (response && !response.ok) say(...(await refusal(response)));
    busy = false;
    send.removeAttribute("aria-disabled");
    if (!response || !response.ok) {
      text.focus({ preventScroll: true });
      answer.scrollIntoView({ block: "nearest" });
      return;
    }
    const { turn } = await response.json();
    seen.begin();
    clearTimeout(unsent);
    unsent = null;
    keep("");
    text.value = "";
    mark("");
    count();
    answer.hidden = true;
    show(turn);
    nextQuestion();
  }

  async function nextQuestion() {
    if (busy) return;
    busy = true;
    askAgain.hidden = true;
    coming.hidden = false;
    coming.scrollIntoView({ block: "nearest" });
    status.textContent = "The next question is being written.";
    let done = false, problem = "The connection was lost before the next question was there. Your answer is saved.";
    try {
      const response = await fetch(room.dataset.next, { method: "POST", headers });
      if (!response.ok) {
        problem = (await refusal(response))[0];
      } else {
        for await (const [name, data] of serverEvents(response.body)) {
          if (name === "error") problem = data.message;
          if (name === "turn") { done = true; ask(data); }
          if (name === "end") { done = true; end(data); }
          if (name === "wait") { location.reload(); return; }
        }
      }
    } catch { /* the connection broke: said below */ }
    busy = false;
    coming.hidden = true;
    status.textContent = "";
    if (!done) {
      askAgain.querySelector("[data-ask-again-words]").textContent = problem;
      askAgain.hidden = false;
      askAgain.querySelector("button").focus();
    }
  }

  function ask(turn) {
    coming.hidden = true;
    if (!turns.children[turn.position]) show(turn); // the item's place is the turn's position
    showProgress(turn.progress);
    replyTo.value = turn.position;
    text.value = kept()[0];
    count();
    answer.hidden = false;
    text.focus({ preventScroll: true });
    answer.scrollIntoView({ block: "nearest" });
  }

  function end({ turn }) {
    coming.hidden = true;
    if (turn) show(turn);
    document.querySelector("[data-progress-words]").textContent = "Complete";
    document.querySelector("[data-progress-bar]").hidden = true;
    document.querySelector("[data-remaining]").hidden = true;
    for (const left of room.querySelectorAll("[data-while-open]")) left.hidden = true;
    const over = part("over");
    over.hidden = false;
    over.focus({ preventScroll: true });
    over.scrollIntoView({ block: "nearest" });
  }

  answer.addEventListener("submit", (event) => { event.preventDefault(); sendAnswer(); });
  askAgain.addEventListener("submit", (event) => { event.preventDefault(); nextQuestion(); });
  text.addEventListener("input", () => { keep(text.value); count(); mark("Saving …"); clearTimeout(unsent); unsent = setTimeout(keepAtService, 1500, false); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && unsent) keepAtService(true); });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); sendAnswer(); }
  });

  if (!answer.hidden) {
    const [value, isAtService] = kept();
    if (!isAtService || !text.value) text.value = value;
    count();
    if (turns.children.length > 1) answer.scrollIntoView({ block: "end" });
  } else if (!part("by-hand")) {
    nextQuestion();
  }
}

// What the page says under the box that it notes: pasted text, and how often and long the page was left. Counts, no content.
function whatIsSeen(text) {
  let counts, leftAt;
  const begin = () => { counts = { pasted_chars: 0, pastes: 0, away_times: 0, away_s: 0 }; leftAt = null; };
  text.addEventListener("paste", (event) => {
    counts.pastes += 1;
    counts.pasted_chars += (event.clipboardData?.getData("text") || "").length;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { counts.away_times += 1; leftAt = Date.now(); }
    else if (leftAt) { counts.away_s += Math.round((Date.now() - leftAt) / 1000); leftAt = null; }
  });
  begin();
  return { begin, report: () => Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Math.min(count, 1000000)])) };
}

// The events of a text/event-stream as [name, data]; one that is cut off is not given out.
async function* serverEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const line = (field) => lines.find((one) => one.startsWith(`${field}: `)).slice(field.length + 2);
      yield [line("event"), JSON.parse(line("data"))];
    }
  }
}

// Dossier: light up every part of the quote that was followed.
function lightUp() {
  const number = /^#q(\d+)$/.exec(location.hash)?.[1];
  for (const mark of document.querySelectorAll("mark[data-quotes]")) {
    mark.classList.toggle("now", number !== undefined && mark.dataset.quotes.split(" ").includes(number));
  }
}

// Licence form: of all the explanations, show the one for the chosen kind.
function helpForChoice(select) {
  const list = document.querySelector("[data-help-list]");
  const update = () => {
    for (const help of list.querySelectorAll("[data-help-for]")) help.hidden = Boolean(select.value) && help.dataset.helpFor !== select.value;
    list.open = Boolean(select.value);
  };
  select.addEventListener("change", update);
  update();
}

document.querySelectorAll("[data-chat]").forEach(chat);

// While a person asks or answers: look for something new, and show it. Text that is being written is never lost.
for (const place of document.querySelectorAll("[data-by-hand]")) {
  setInterval(async () => {
    try {
      const now = await (await fetch(place.dataset.state)).json();
      const written = document.querySelector("[data-chat] textarea, [data-room] textarea");
      if (now.turns !== Number(place.dataset.turnsNow) && !(written && written.value.trim())) location.reload();
    } catch { /* no connection: the next look may have one */ }
  }, 4000);
}
document.querySelectorAll("[data-shows-help]").forEach(helpForChoice);
if (document.querySelector("[data-transcript]")) {
  addEventListener("hashchange", lightUp);
  lightUp();
}

// Requirement form: show the specialties and licences of the chosen domain; what is hidden is not sent.
function onlyOfDomain(choice) {
  const form = choice.form;
  const counts = form.querySelector("#part-domain .change-this input");
  const update = () => {
    const wanted = !counts || counts.checked ? [choice.value] : form.dataset.domainsNow.split(" ");
    form.toggleAttribute("data-one-domain", wanted.length === 1);
    for (const group of form.querySelectorAll("[data-for-domain]")) {
      group.hidden = !wanted.includes(group.dataset.forDomain);
      for (const tick of group.querySelectorAll("input")) tick.disabled = group.hidden;
    }
  };
  choice.addEventListener("change", update);
  counts?.addEventListener("change", update);
  update();
}
document.querySelectorAll("[data-domain-choice]").forEach(onlyOfDomain);

// Requirement form: while it is filled in, say how many people would qualify. What cannot be set says nothing; the preview says why.
for (const form of document.querySelectorAll("[data-qualify]")) {
  const words = form.querySelector("[data-qualify-words]"), without = words.textContent;
  let waits = null, asked = 0;
  const ask = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.qualify, { method: "POST", body: new FormData(form), redirect: "error" });
      const { sentence } = await answer.json();
      if (mine === asked) words.textContent = answer.ok && sentence ? `${sentence} ${without}` : without;
    } catch { /* no network, or signed out: the preview says it */ }
  };
  form.addEventListener("input", () => { clearTimeout(waits); waits = setTimeout(ask, 500); });
  ask();
}

// A field, or a form, in whose fields Enter presses a button of its own, and not the form's first.
for (const part of document.querySelectorAll("[data-enter-presses]")) {
  part.addEventListener("keydown", (event) => {
    const inField = event.target.matches("input:not([type=submit], [type=button])");
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || !inField) return;
    event.preventDefault();
    document.getElementById(part.dataset.enterPresses).click();
  });
}

// A list with boxes: select all rows of this page, and say how many are selected, on this page and on others.
for (const all of document.querySelectorAll("[data-choose-all]")) {
  const form = all.closest("form"), boxes = [...all.closest("table").querySelectorAll("tbody .choose input")];
  const words = form.querySelector("[data-selected-words]"), number = form.querySelector("[data-selected]"), button = form.querySelector("[data-selected-count]");
  const elsewhere = form.elements.ids ? form.elements.ids.value.split(",").filter(Boolean).length : 0;
  const update = () => {
    const count = elsewhere + boxes.filter((box) => box.checked).length;
    all.checked = boxes.every((box) => box.checked);
    if (!number) return;
    number.textContent = count.toLocaleString();
    words.hidden = !count;
    button.textContent = count ? ` (${count.toLocaleString()})` : "";
  };
  all.hidden = false;
  all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); update(); });
  boxes.forEach((box) => box.addEventListener("change", update));
  update();
}

// A search keeps what is selected in the list below it.
for (const search of document.querySelectorAll("[data-keeps-selection]")) {
  search.addEventListener("submit", () => {
    const list = document.getElementById(search.dataset.keepsSelection);
    if (!list) return;
    const ids = new FormData(list).getAll("id").concat(list.elements.ids.value.split(",").filter(Boolean));
    if (!ids.length && search.method === "get") return;
    const sent = { ids: ids.join(","), step: "search", csrf_token: document.querySelector("meta[name=csrf-token]").content };
    for (const [name, value] of Object.entries(sent)) {
      const field = search.elements[name] || search.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
      field.value = value;
    }
    search.method = "post";
  });
}

// Parts of a page that change by themselves: fetched again every few seconds, for as long as the server marks them so.
const follow = () => {
  if (!document.querySelector("[data-follow]")) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { redirect: "error" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of answer.ok ? document.querySelectorAll("[data-follow]") : []) {
        const fresh = page.getElementById(part.id);
        // Whoever is about to press a button in it keeps the button.
        if (fresh && !part.contains(document.activeElement)) part.replaceWith(fresh);
      }
    } catch {
      // No network, or signed out: tried again.
    }
    follow();
  }, 3000);
};
follow();

// Folded sections are printed open, also where the style sheet cannot open them.
let foldedForPrint = [];
addEventListener("beforeprint", () => {
  foldedForPrint = [...document.querySelectorAll("details.fold:not([open])")];
  for (const one of foldedForPrint) one.open = true;
});
addEventListener("afterprint", () => { for (const one of foldedForPrint) one.open = false; });

// Times are shown in this browser's zone from the next page on.
try {
  const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone || "");
  if (zone && !document.cookie.includes(`ls_expert_zone=${zone}`)) {
    document.cookie = `ls_expert_zone=${zone}; Max-Age=31536000; Path=/; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
  }
} catch { /* no cookies: times stay in UTC, and say so */ }
