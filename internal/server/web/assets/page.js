// What makes pages better where script runs. Nothing needs it.
"use strict";
(() => {
  // A box or a radio button takes no letters: keys keep their meaning there.
  const typing = (e) => e.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") || e.ctrlKey && e.key !== "Enter" || e.metaKey || e.altKey;
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

  // What a key means: pages know each shortcut by the keys that it comes with, and the reader may have chosen others.
  const chosen = JSON.parse(document.body.dataset.shortcuts || "{}"), usual = Object.fromEntries(Object.entries(chosen).map(([comes, own]) => [own, comes]));
  const means = (keys) => usual[keys] ?? (keys in chosen ? "" : keys);
  const begins = (key) => !(key in usual) && (key === "g" || Object.keys(usual).some((keys) => keys.startsWith(key + " ")));

  const acts = {
    j: () => step(1), k: () => step(-1), Enter: (e) => !e.target.closest("a, button, summary, input") && current() && click("[data-open]", current()) || false,
    x: () => current()?.querySelector("[data-pick]")?.click(), X: () => current()?.querySelector("[data-pick]")?.dispatchEvent(new MouseEvent("click", { shiftKey: true, bubbles: true, cancelable: true })),
    u: () => click("[data-up]"), "[": () => click("[data-previous]"), "]": () => click("[data-next]"), "?": () => showKeys(),
  };
  // It says whether the key was of use. What stands on another view of the case is done there.
  const press = (name, e) => {
    if (!name) return false;
    if (acts[name]) return acts[name](e) !== false;
    if (name.includes(" ")) return click(`[data-go="${CSS.escape(name.split(" ")[1])}"]`);
    const found = `[data-key="${CSS.escape(name)}"]`, target = document.querySelector(found);
    if (target) return target.matches("input, textarea, select") ? focus(found) : (target.click(), true);
    const leads = document.querySelector(`[data-leads~="${CSS.escape(name)}"]:not([aria-current])`);
    if (leads) { sessionStorage.setItem("then", name); leads.click(); }
    return Boolean(leads);
  };

  let first = "", since = 0;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey && e.key === "Enter" && e.target.form) { e.target.form.requestSubmit(); return; }
    if (e.ctrlKey && e.key === "k") { e.preventDefault(); showPalette(); return; }
    if (e.key === "Escape" && e.target.matches?.("input, textarea, select")) { e.target.blur(); return; }
    if (typing(e) || keysOff() || e.key === "Shift") return;
    const keys = first && Date.now() - since < 1200 ? first + " " + e.key : e.key;
    first = "";
    if (keys === e.key && begins(e.key)) { first = e.key; since = Date.now(); e.preventDefault(); return; }
    if (press(means(keys), e)) e.preventDefault();
  });
  const then = sessionStorage.getItem("then");
  sessionStorage.removeItem("then");
  if (then) press(then);

  // Everything that can be done on a page, by its name.
  const showPalette = () => {
    document.getElementById("palette")?.remove();
    const box = document.createElement("dialog"), input = document.createElement("input"), list = document.createElement("ul");
    box.id = "palette"; box.className = "palette"; input.type = "search"; input.setAttribute("aria-label", document.body.dataset.palette); input.placeholder = document.body.dataset.palette;
    const all = [...document.querySelectorAll("[data-go], .tabs a, .presets a, [data-up], [data-next], [data-previous], button[data-key], a[data-help]")].filter((el) => !el.hidden && el.getClientRects().length);
    let at = 0;
    const show = () => {
      const words = input.value.trim().toLowerCase();
      const found = all.filter((el) => el.textContent.toLowerCase().includes(words)).map((el) => [el.textContent.trim().replace(/\s+/g, " "), () => el.click()]);
      if (words) found.push([document.body.dataset.paletteSearch + " " + input.value.trim(), () => location.assign("/queue?q=" + encodeURIComponent(input.value.trim()))]);
      at = Math.max(0, Math.min(at, found.length - 1));
      list.replaceChildren(...found.map(([name, act], i) => {
        const item = document.createElement("li"), link = document.createElement("a");
        link.href = "#"; link.textContent = name; item.setAttribute("aria-selected", i === at);
        link.addEventListener("click", (e) => { e.preventDefault(); box.close(); act(); });
        item.append(link);
        return item;
      }));
    };
    input.addEventListener("input", () => { at = 0; show(); });
    input.addEventListener("keydown", (e) => {
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { at += e.key === "ArrowDown" ? 1 : -1; show(); list.children[at]?.scrollIntoView({ block: "nearest" }); e.preventDefault(); }
      if (e.key === "Enter") { list.children[at]?.firstChild.click(); e.preventDefault(); }
      if (e.key === "Escape") { box.close(); e.stopPropagation(); }
    });
    box.append(input, list);
    document.body.append(box);
    show();
    box.showModal();
  };

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

  // An answer that says why something could not be done stands in place of the page, as it does without script.
  document.addEventListener("htmx:beforeSwap", (e) => {
    const d = e.detail;
    if (!d.isError || !d.requestConfig.elt.matches("form.question")) return;
    d.requestConfig.elt.removeAttribute("hx-select-oob");
    d.shouldSwap = true; d.isError = false; d.target = document.getElementById("main"); d.selectOverride = "#main"; d.swapOverride = "outerHTML show:top";
  });

  // Who else has the case open is asked for every half minute, while somebody looks at the page and now and then does something.
  if (document.getElementById("here")) {
    const most = 10 * 60 * 1000, least = 20 * 1000;
    let active = Date.now(), asked = Date.now();
    const ask = () => {
      if (document.hidden || Date.now() - active > most || Date.now() - asked < least) return;
      asked = Date.now();
      document.getElementById("here")?.dispatchEvent(new Event("here"));
    };
    for (const kind of ["pointermove", "keydown", "scroll"]) addEventListener(kind, () => { active = Date.now(); }, { passive: true });
    setInterval(ask, 30 * 1000);
    document.addEventListener("visibilitychange", () => { active = Date.now(); ask(); });
  }

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

  // The list that one came from is known on a case: what stands before and after it there, and where it is.
  const remembered = (name) => JSON.parse(sessionStorage.getItem(name) || "null");
  if (rows().length) {
    sessionStorage.setItem("list", JSON.stringify(rows().map((row) => row.querySelector("[data-open]")?.getAttribute("href"))));
    sessionStorage.setItem("list-at", JSON.stringify(location.pathname + location.search));
  }
  const list = remembered("list") || [], here = list.indexOf(location.pathname.split("/").slice(0, 3).join("/"));
  const lead = (name, href) => { const link = document.querySelector(`[data-${name}]`); if (link && href) { link.href = href; link.hidden = false; } };
  if (here >= 0) { lead("previous", list[here - 1]); lead("next", list[here + 1]); lead("up", remembered("list-at")); }

  // After a decision the next case of the list comes, where one wants that.
  for (const label of document.querySelectorAll("[data-advance-label]")) {
    const box = label.querySelector("[data-advance]");
    label.hidden = !list[here + 1] || here < 0;
    box.checked = localStorage.getItem("advance") === "on";
    box.addEventListener("change", () => localStorage.setItem("advance", box.checked ? "on" : "off"));
  }
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("[data-decides]") || here < 0 || !list[here + 1] || localStorage.getItem("advance") !== "on") return;
    const back = document.createElement("input");
    back.type = "hidden"; back.name = "back"; back.value = list[here + 1];
    e.target.append(back);
  });

  // The place in a list is kept when one comes back.
  const place = sessionStorage.getItem("row:" + location.pathname);
  if (place) select(document.getElementById(place));
})();
