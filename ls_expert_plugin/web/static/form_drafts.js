// Drafts of forms: what is typed into a form stays in this tab until it is saved, so that a session that ends loses none of it. In sessionStorage: it goes
// with the tab, with signing out, when somebody else signs in, and after a day. Every page works without this file.
"use strict";

(() => {
  const DRAFTS = "ls-expert:form:", ANSWERS = "ls-expert:answer:", OWNER = "ls-expert:person", DAY_MS = 24 * 60 * 60 * 1000;
  const TYPED = ["text", "search", "email", "url", "tel", "number", "date", "month", "textarea", "select-one", "select-multiple", "checkbox", "radio"];
  const person = document.querySelector("meta[name=person]")?.content || "";
  const forget = (storage, isDone) => Object.keys(storage).filter(isDone).forEach((key) => storage.removeItem(key));
  const read = (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } };
  const write = (key, draft) => { try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch { /* full: the form still has it */ } };
  const isTicked = (one) => one.type === "checkbox" || one.type === "radio";
  const valueOf = (one) => isTicked(one) ? one.checked : one.multiple ? [...one.selectedOptions].map((chosen) => chosen.value) : one.value;
  const isTyped = (one) => one.name && TYPED.includes(one.type) && !one.readOnly && !one.closest("[data-no-draft]");

  function isChanged(one) {
    if (isTicked(one)) return one.checked !== one.defaultChecked;
    if (one.options) {
      const before = [...one.options].filter((option) => option.defaultSelected);
      const chosen = [...one.selectedOptions];
      return before.length || one.multiple ? before.length !== chosen.length || before.some((option) => !option.selected) : one.selectedIndex > 0;
    }
    return one.value !== one.defaultValue;
  }

  // Each field with a name of its own: [["employer#0", input], …]
  function fieldsOf(form) {
    const seen = {};
    return [...form.elements].filter(isTyped).map((one) => {
      if (isTicked(one)) return [`${one.name}=${one.value}`, one];
      seen[one.name] = (seen[one.name] ?? -1) + 1;
      return [`${one.name}#${seen[one.name]}`, one];
    });
  }

  const addressOf = (form) => {
    const url = new URL(form.getAttribute("action") || location.href, location.href);
    return decodeURIComponent(url.pathname) + url.search;
  };

  // What the form holds that the page did not come with. What was kept before stays: a page that names mistakes comes with what was typed.
  function keep(key, form, isSent) {
    const draft = read(key) || { fields: {} };
    for (const [name, one] of fieldsOf(form)) {
      if (isChanged(one) || name in draft.fields) draft.fields[name] = valueOf(one);
    }
    if (!Object.keys(draft.fields).length) return;
    write(key, { ...draft, sent: isSent, at: Date.now() });
  }

  function restore(key, form) {
    const draft = read(key);
    if (!draft) return;
    const changed = [];
    for (const [name, one] of fieldsOf(form)) {
      if (!(name in draft.fields) || JSON.stringify(valueOf(one)) === JSON.stringify(draft.fields[name])) continue;
      if (isTicked(one)) one.checked = draft.fields[name];
      else if (one.multiple) for (const option of one.options) option.selected = draft.fields[name].includes(option.value);
      else one.value = draft.fields[name];
      changed.push(one);
    }
    for (const one of changed) {
      one.dispatchEvent(new Event("input", { bubbles: true }));
      one.dispatchEvent(new Event("change", { bubbles: true }));
      one.closest("details")?.setAttribute("open", "");
    }
    if (changed.length) tell(key, form);
  }

  function tell(key, form) {
    const note = document.createElement("div"), words = document.createElement("p"), discard = document.createElement("button");
    note.className = "flash split restored";
    note.setAttribute("role", "status");
    words.textContent = "What you typed before is back. It is not saved yet.";
    discard.type = "button";
    discard.className = "button small second";
    discard.textContent = "Discard it";
    discard.addEventListener("click", () => {
      form.reset();
      sessionStorage.removeItem(key);
      note.remove();
      for (const [, one] of fieldsOf(form)) one.dispatchEvent(new Event("change", { bubbles: false }));
      fieldsOf(form)[0]?.[1].focus();
    });
    note.append(words, discard);
    form.prepend(note);
  }

  function follow(form, number) {
    const key = `${DRAFTS}${person}:${addressOf(form)}#${form.dataset.draft || number}`;
    restore(key, form);
    form.addEventListener("input", () => keep(key, form, false));
    form.addEventListener("change", () => keep(key, form, false));
    form.addEventListener("submit", () => keep(key, form, true));
    for (const cancel of form.querySelectorAll(".actions a.plain")) cancel.addEventListener("click", () => sessionStorage.removeItem(key));
  }

  function forgetWhatIsSaved() {
    const cookie = /(?:^|; )ls_expert_saved=([^;]*)/.exec(document.cookie);
    if (!cookie) return;
    const saved = decodeURIComponent(cookie[1]);
    forget(sessionStorage, (key) => key.startsWith(`${DRAFTS}${person}:${saved}#`) && read(key)?.sent);
    document.cookie = "ls_expert_saved=; Max-Age=0; Path=/; SameSite=Lax";
  }

  const forgetAll = () => {
    forget(sessionStorage, (key) => key.startsWith(DRAFTS));
    forget(localStorage, (key) => key.startsWith(ANSWERS) || key === OWNER);
  };

  try {
    if (document.querySelector("[data-signed-out]")) { forgetAll(); return; }
    document.querySelector("[data-sign-out]")?.addEventListener("submit", forgetAll);
    if (person) {
      forgetWhatIsSaved();
      forget(sessionStorage, (key) => key.startsWith(DRAFTS) && (!key.startsWith(`${DRAFTS}${person}:`) || !(Date.now() - read(key)?.at < DAY_MS)));
      // Somebody else's answers to an interview, on a computer that several people use.
      const owner = localStorage.getItem(OWNER);
      if (owner && owner !== person) forget(localStorage, (key) => key.startsWith(ANSWERS));
      if (owner !== person) localStorage.setItem(OWNER, person);
      const counts = {};
      for (const form of document.querySelectorAll("main form[method=post]:not([data-answer], [data-no-draft])")) {
        if (!fieldsOf(form).length) continue;
        const address = addressOf(form);
        counts[address] = (counts[address] ?? -1) + 1;
        follow(form, counts[address]);
      }
    }
    const refused = document.querySelector("[data-refused]");
    const here = decodeURIComponent(location.pathname) + location.search;
    if (refused && Object.keys(sessionStorage).some((key) => key.startsWith(DRAFTS) && key.includes(`:${here}#`))) {
      refused.querySelector("[data-kept]").hidden = false;
      refused.querySelector("[data-not-kept]")?.setAttribute("hidden", "");
    }
  } catch { /* no storage: the page that refuses a form shows what was typed */ }
})();
