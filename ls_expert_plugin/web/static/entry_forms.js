// Forms of profile entries: what depends on a choice, and text that is copied over from a résumé. Every page works without this file.
"use strict";

// Licence: the number is called what the chosen kind calls it; only another licence is named.
for (const select of document.querySelectorAll("[data-licence-kind]")) {
  const scope = select.closest("fieldset, form"), number = document.getElementById(select.id.replace(/kind$/, "number"));
  const update = () => {
    const label = select.selectedOptions[0]?.dataset.numberLabel || "Licence number";
    document.querySelector(`label[for="${number.id}"]`).textContent = label;
    scope.querySelector("[data-other-licence]").hidden = select.value !== "other";
  };
  select.addEventListener("change", update);
  update();
}

// "I currently work here" takes the end date's place.
for (const tick of document.querySelectorAll("[data-current-for]")) {
  const end = document.getElementById(tick.dataset.currentFor);
  const update = () => { end.disabled = tick.checked; };
  tick.addEventListener("change", update);
  update();
}

// How many are ticked, on the button.
for (const count of document.querySelectorAll("[data-count-ticked]")) {
  const form = count.closest("form");
  const update = () => { count.textContent = form.querySelectorAll(`[name$="${count.dataset.countTicked}"]:checked`).length; };
  form.addEventListener("change", update);
  update();
}

// A résumé's text beside the form: a line, or what is selected in it, goes into the field that was used last.
for (const source of document.querySelectorAll("[data-copy-from]")) {
  const form = document.querySelector(".beside form"), bar = document.querySelector("[data-copy-bar]"), copy = bar.querySelector("[data-copy]");
  const fields = [...form.querySelectorAll("input[type=text], input[type=month], input[type=date], input[type=number], textarea")];
  let target = fields.find((one) => !one.value && !one.disabled) || fields[0];
  const nameOf = (one) => form.querySelector(`label[for="${one.id}"]`).firstChild.textContent.trim();
  const say = () => { copy.textContent = `Copy selection to “${nameOf(target)}”`; };
  const put = (text) => {
    const said = text.trim();
    if (!said) return;
    target.value = target.tagName === "TEXTAREA" && target.value ? `${target.value}\n${said}` : said;
    target.dispatchEvent(new Event("input", { bubbles: true }));
    target.focus();
  };
  form.addEventListener("focusin", (event) => { if (fields.includes(event.target)) { target = event.target; say(); } });
  for (const line of source.querySelectorAll("p")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "line";
    button.textContent = line.textContent;
    button.addEventListener("click", () => { if (getSelection().isCollapsed) put(button.textContent); });
    line.replaceChildren(button);
  }
  copy.addEventListener("click", () => {
    const chosen = getSelection();
    if (source.contains(chosen.anchorNode) && source.contains(chosen.focusNode)) put(chosen.toString());
  });
  document.querySelector("[data-copy-hint]").textContent = "Click into a field, then on a line here. For a part of a line, select it and press the button.";
  bar.hidden = false;
  say();
}
