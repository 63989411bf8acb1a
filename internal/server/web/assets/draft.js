// What somebody of the team types is kept on the server until it is sent. Without script there is a button for it.
"use strict";
(() => {
  const waiting = new Map(); // by text area: a timer, or the request that is under way
  const say = (area, word) => { const at = area.form?.querySelector("[data-draft-state]"); if (at) at.textContent = at.dataset[word]; };
  const drop = (area) => { const w = waiting.get(area); clearTimeout(w?.timer); w?.request?.abort(); waiting.delete(area); };
  const keep = async (area) => {
    drop(area);
    if (!area.isConnected) return;
    const request = new AbortController();
    waiting.set(area, { request });
    const body = new URLSearchParams({ visibility: area.form.elements.visibility.value, text: area.value });
    try {
      const answer = await fetch(area.dataset.keep, { method: "POST", body, redirect: "manual", headers: { "HX-Request": "true" }, signal: request.signal, keepalive: area.value.length < 16000 });
      say(area, answer.status === 204 ? "kept" : "failed"); // also where the session is over, and sign-in is asked for
    } catch (e) {
      if (e.name !== "AbortError") say(area, "failed");
    }
    if (waiting.get(area)?.request === request) waiting.delete(area);
  };
  document.addEventListener("input", (e) => {
    if (!e.target.matches?.("[data-keep]")) return;
    drop(e.target);
    waiting.set(e.target, { timer: setTimeout(() => keep(e.target), 800) });
  });
  // Whoever leaves does not wait; what a form sends is not kept once more behind its back.
  document.addEventListener("visibilitychange", () => { if (document.hidden) for (const [area, w] of waiting) if (w.timer) keep(area); });
  const sent = (form) => { for (const area of form?.querySelectorAll("[data-keep]") || []) drop(area); };
  document.addEventListener("submit", (e) => sent(e.target));
  document.addEventListener("htmx:beforeRequest", (e) => { if (e.detail.requestConfig?.verb === "post") sent(e.target.form); });

  // Where the answer has no such form, as when the session is over, the one with the text stays.
  document.addEventListener("htmx:beforeSwap", (e) => { if (e.detail.target?.id === "reply" && !e.detail.serverResponse.includes('id="reply"')) e.detail.shouldSwap = false; });

  const plain = () => { for (const el of document.querySelectorAll("[data-without-script]")) el.remove(); };
  document.addEventListener("htmx:afterSettle", (e) => { 
    plain();
    const area = e.target.id === "reply" && e.target.querySelector("textarea");
    if (area) { area.focus(); area.setSelectionRange(area.value.length, area.value.length); }
  });
  plain();
})();
