// What makes pages better where script runs. Nothing needs it.
"use strict";
(() => {
  const typing = (e) => e.target.closest("input, textarea, select, [contenteditable]") || e.ctrlKey && e.key !== "Enter" || e.metaKey || e.altKey;
  const keysOff = () => document.documentElement.dataset.keys === "off" || localStorage.getItem("keys") === "off";
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => document.querySelector("[data-row][aria-selected=true]");
  const select = (row) => {
    if (!row) return;
    current()?.setAttribute("aria-selected", "false");
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
    sessionStorage.setItem("row:" + location.pathname, row.id);
  };
  const step = (by) => {
    const all = rows(), at = all.indexOf(current());
    select(all[Math.max(0, Math.min(all.length - 1, at + by))]);
  };
  const click = (selector, from) => { const el = (from || document).querySelector(selector); if (el) { el.click(); return true; } return false; };
  const focus = (selector) => { const el = document.querySelector(selector); if (el) { el.closest("details")?.setAttribute("open", ""); el.scrollIntoView({ block: "center" }); el.focus(); return true; } return false; };

  let going = 0;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey && e.key === "Enter" && e.target.form) { e.target.form.requestSubmit(); return; }
    if (e.key === "Escape" && e.target.matches?.("input, textarea, select")) { e.target.blur(); return; }
    if (typing(e) || keysOff()) return;
    if (going && Date.now() - going < 1200) {
      going = 0;
      if (click(`[data-go="${CSS.escape(e.key)}"]`)) e.preventDefault();
      return;
    }
    const act = {
      j: () => step(1), k: () => step(-1), Enter: () => !e.target.closest("a, button, summary") && current() && click("[data-open]", current()),
      x: () => { const box = current()?.querySelector("[data-pick]"); box?.click(); }, u: () => click("[data-up]"),
      "[": () => click("[data-previous]"), "]": () => click("[data-next]"), g: () => { going = Date.now(); }, "?": () => showKeys(),
    }[e.key];
    if (act) { if (act() !== false) e.preventDefault(); return; }
    const target = document.querySelector(`[data-key="${CSS.escape(e.key)}"]`);
    if (target) {
      e.preventDefault();
      if (target.matches("input, textarea, select")) focus(`[data-key="${CSS.escape(e.key)}"]`);
      else target.click();
    }
  });

  const showKeys = async () => {
    let box = document.getElementById("keys");
    if (!box) {
      const answer = await fetch("/keys", { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      box = document.createElement("dialog");
      box.id = "keys";
      box.append(...page.querySelector("main").childNodes);
      document.body.append(box);
    }
    box.showModal();
  };

  document.addEventListener("change", (e) => { if (e.target.matches?.("[data-keys-off]")) localStorage.setItem("keys", e.target.checked ? "off" : "on"); });

  // Ranges of rows are picked with shift.
  let last = null;
  document.addEventListener("click", (e) => {
    const box = e.target.closest?.("[data-pick]");
    if (!box) return;
    const all = [...document.querySelectorAll("[data-pick]")];
    if (e.shiftKey && last) {
      const [a, b] = [all.indexOf(last), all.indexOf(box)].sort((x, y) => x - y);
      for (const other of all.slice(a, b + 1)) other.checked = box.checked;
    }
    last = box;
    document.dispatchEvent(new CustomEvent("picked"));
  });

  // Copying without selecting.
  document.addEventListener("click", async (e) => {
    const button = e.target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.dataset.done = button.textContent;
    button.textContent = button.dataset.copied || "Copied";
    setTimeout(() => { button.textContent = button.dataset.done; }, 1500);
  });

  // What is typed is kept on this device until it is sent.
  const fields = (form) => [...form.elements].filter((el) => el.name && !["file", "hidden", "password", "submit"].includes(el.type) && el.tagName !== "BUTTON");
  const keep = (name, read) => { let wait; return () => { clearTimeout(wait); wait = setTimeout(() => localStorage.setItem("draft:" + name, JSON.stringify(read())), 400); }; };
  for (const form of document.querySelectorAll("form[data-draft-form]")) {
    const name = form.dataset.draftForm, state = form.querySelector("[data-draft-state]");
    const kept = JSON.parse(localStorage.getItem("draft:" + name) || "null");
    if (kept && fields(form).every((el) => el.value === "" || el.tagName === "SELECT")) {
      for (const el of fields(form)) if (kept[el.name]) el.value = kept[el.name];
      form.querySelector("[name^=fact-]")?.dispatchEvent(new Event("change"));
    }
    const save = keep(name, () => Object.fromEntries(fields(form).map((el) => [el.name, el.value])));
    form.addEventListener("input", () => { save(); if (state) state.textContent = state.dataset.saved; });
  }
  for (const area of document.querySelectorAll("textarea[data-draft]")) {
    area.value ||= JSON.parse(localStorage.getItem("draft:" + area.dataset.draft) || '""');
    area.addEventListener("input", keep(area.dataset.draft, () => area.value));
    area.form.addEventListener("submit", () => localStorage.removeItem("draft:" + area.dataset.draft));
  }
  for (const el of document.querySelectorAll("[data-draft-done]")) localStorage.removeItem("draft:" + el.dataset.draftDone);

  // The place in a list is kept when one comes back.
  const place = sessionStorage.getItem("row:" + location.pathname);
  if (place) select(document.getElementById(place));
})();
