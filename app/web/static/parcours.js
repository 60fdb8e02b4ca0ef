// Comfort only: every page works without it.

const racine = document.documentElement;

// Discreet screen: one tap blanks the page, another brings it back.
const masquer = document.querySelector("[data-masquer]");
const demasquer = document.querySelector("[data-demasquer]");

function basculer(masque) {
  racine.classList.toggle("masque", masque);
  demasquer.hidden = !masque;
  for (const element of document.body.children) {
    if (element !== demasquer) element.inert = masque;
  }
  (masque ? demasquer : masquer).focus();
}

if (masquer && demasquer) {
  masquer.hidden = false;
  masquer.addEventListener("click", () => basculer(true));
  demasquer.addEventListener("click", () => basculer(false));
  demasquer.addEventListener("keydown", (e) => { if (e.key === "Escape") basculer(false); });
}

// A menu unfolded over the page folds again when one looks elsewhere.
for (const pli of document.querySelectorAll("details[data-se-replie]")) {
  document.addEventListener("click", (e) => { if (!pli.contains(e.target)) pli.open = false; });
  pli.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && pli.open) { pli.open = false; pli.querySelector("summary").focus(); }
  });
}

// A page made for paper has its button.
for (const bouton of document.querySelectorAll("[data-imprimer]")) {
  bouton.hidden = false;
  bouton.addEventListener("click", () => print());
}

// An address shown once: a tap copies it.
for (const bouton of document.querySelectorAll("[data-copier]")) {
  const champ = document.getElementById(bouton.dataset.copier);
  bouton.hidden = !navigator.clipboard;
  champ.addEventListener("focus", () => champ.select());
  bouton.addEventListener("click", async () => {
    await navigator.clipboard.writeText(champ.value);
    bouton.textContent = "Copiée";
  });
}

// The error summary is read first.
document.querySelector("#resume-erreurs")?.focus();

// An act is taken back for some seconds; the server has the last word.
for (const message of document.querySelectorAll(".message-annulable")) {
  const bouton = message.querySelector("form");
  setTimeout(() => { if (!bouton.contains(document.activeElement)) bouton.remove(); }, 30_000);
}

// A second tap does not send the form twice. A later task, so that the button's own name is sent.
document.addEventListener("submit", (e) => {
  if (e.defaultPrevented || e.target.method !== "post") return;
  setTimeout(() => {
    for (const bouton of e.target.querySelectorAll("button")) bouton.disabled = true;
  });
});
addEventListener("pageshow", () => {
  for (const bouton of document.querySelectorAll("form button:disabled")) bouton.disabled = false;
});

// The back button finds the page with the deposit it had: what was sent already is recognised, not written again.
const depots = [...document.querySelectorAll("input[name=depot]")];
if (depots.length) {
  const connus = history.state?.depots ?? depots.map((depot) => depot.value);
  depots.forEach((depot, rang) => { depot.value = connus[rang] ?? depot.value; });
  history.replaceState({ depots: connus }, "");
}

// Fields shown only with the choice that calls for them (« autre jour… »).
const reveles = [...document.querySelectorAll("input[data-revele]")]
  .map((choix) => ({ choix, cible: document.getElementById(choix.dataset.revele) }))
  .filter(({ cible }) => cible);

function reveler() {
  for (const { cible } of reveles) cible.hidden = !reveles.some((r) => r.cible === cible && r.choix.checked);
}
reveler();
document.addEventListener("change", reveler);
addEventListener("pageshow", reveler);

// A choice made with a finger or a mouse goes on to the next field, whose keyboard opens; arrows stay in the group.
for (const groupe of document.querySelectorAll("[data-puis]")) {
  groupe.addEventListener("click", (e) => {
    if (e.detail > 0 && e.target.matches("input")) document.getElementById(groupe.dataset.puis)?.focus();
  });
}

// What a folded part holds is said on its line.
for (const pli of document.querySelectorAll("[data-en-bref]")) {
  pli.addEventListener("change", () => {
    const choisis = [...pli.querySelectorAll("input:checked:not([value=autre])")].filter((e) => !e.closest("[hidden]"));
    const dits = choisis.map((e) => ({ nom: e.name, dit: e.labels[0].textContent }));
    // "Aujourd’hui, 17 mars": the date goes without saying
    pli.querySelector("[data-dit]").textContent = dits.map(({ nom, dit }) => nom === "quand" ? dit.split(",")[0] : dit).join(" · ");
  });
}

// Shortcuts: data-touche="c" presses that button, never while somebody is typing.
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || racine.classList.contains("masque")) return;
  if (e.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return;
  const cible = document.querySelector(`[data-touche="${CSS.escape(e.key.toLowerCase())}"]`);
  if (cible) { e.preventDefault(); cible.click(); }
});
