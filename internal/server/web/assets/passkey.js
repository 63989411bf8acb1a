// Passkeys: what only a script can ask of a browser.
"use strict";
(() => {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  const wrong = document.querySelector("[data-passkey-wrong]");
  const ask = async (path, body) => {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
    if (answer.status === 204) return null;
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail || said.title);
    return said;
  };
  const tried = (work) => async () => { wrong.textContent = ""; try { await work(); } catch (e) { wrong.textContent = e.message; } };
  const use = document.querySelector("[data-passkey]");
  if (use) {
    use.hidden = false;
    use.addEventListener("click", tried(async () => {
      const begun = await ask("/auth/passkey/begin");
      const got = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(begun.publicKey) });
      await ask("/auth/passkey/finish", got.toJSON());
      location.assign(use.dataset.passkey);
    }));
  }
  const make = document.querySelector("[data-new-passkey]");
  if (make) {
    make.hidden = false;
    make.addEventListener("click", tried(async () => {
      const begun = await ask("/auth/passkey/new/begin");
      const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(begun.publicKey) });
      await ask("/auth/passkey/new/finish?label=" + encodeURIComponent(navigator.platform), made.toJSON());
      location.reload();
    }));
  }
})();
