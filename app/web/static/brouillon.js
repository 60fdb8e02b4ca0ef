// Keeps on the server what is being typed, every few seconds; nothing is kept on this device. Comfort: without it, a
// form that cannot be saved is still given back.

const PAUSE = 2000; // from the first change that is not kept yet
const ESSAI = 5000; // after a failure
const DELAI = 15000; // an answer that does not come
const APRES_LA_PAGE = 60000; // what a browser still sends once the page is gone, in bytes

for (const champ of document.querySelectorAll("input[data-brouillon]")) suivre(champ);

function suivre(champ) {
  const formulaire = champ.form;
  const page = new URL(formulaire.action, location.href).pathname;
  const { ligne, annonce } = ecrireSous(formulaire);
  let modifie = false, parti = false, echec = false, enCours = null, minuterie = null;

  function corps() {
    const dit = new URLSearchParams(new FormData(formulaire));
    for (const nom of [...dit.keys()]) if (nom.includes("mot_de_passe")) dit.delete(nom);
    dit.set("brouillon-page", page);
    return dit.toString();
  }

  function dire(quoi, heure, grave) {
    const texte = champ.dataset[quoi].replace("{heure}", heure ?? "");
    ligne.textContent = texte;
    ligne.classList.toggle("etat-brouillon-grave", grave);
    // said aloud once, then only when it goes wrong or right again
    if (grave !== echec || !annonce.textContent) annonce.textContent = texte;
    echec = grave;
  }

  function planifier(attente) {
    minuterie ??= setTimeout(() => { minuterie = null; garder(); }, attente);
  }

  async function garder() {
    if (!modifie || parti || enCours) return;
    clearTimeout(minuterie);
    minuterie = null;
    const suite = await envoyer();
    if (modifie && !parti) planifier(suite);
  }

  async function envoyer() {
    const texte = corps(), arret = enCours = new AbortController();
    modifie = false;
    const limite = setTimeout(() => arret.abort(), DELAI);
    try {
      const reponse = await fetch(champ.dataset.brouillon, {
        method: "POST",
        body: texte,
        headers: { "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8", Accept: "application/json" },
        redirect: "manual",
        signal: arret.signal,
        keepalive: texte.length < APRES_LA_PAGE,
      });
      return await recu(reponse);
    } catch {
      if (parti || enCours !== arret) return PAUSE;
      modifie = true;
      dire(navigator.onLine ? "attente" : "reseau", null, true);
      return ESSAI;
    } finally {
      clearTimeout(limite);
      if (enCours === arret) enCours = null;
    }
  }

  async function recu(reponse) {
    if (reponse.status === 200 || reponse.status === 401) {
      const { heure } = await reponse.json();
      dire(reponse.status === 200 ? "garde" : "verrou", heure, false);
    } else if (reponse.status === 410) {
      // this form was saved, and then written in again: it is another draft
      champ.value = crypto.randomUUID();
      modifie = true;
    } else if (reponse.status === 429 || reponse.status >= 500) {
      modifie = true;
      dire("attente", null, true);
      return ESSAI;
    } else {
      dire(reponse.status === 413 ? "long" : "session", null, true);
    }
    return PAUSE;
  }

  // what the page leaves behind is sent even if the last one has not been answered
  function partir() {
    if (!modifie || parti) return;
    enCours?.abort();
    enCours = null;
    garder();
  }

  function change() {
    modifie = true;
    parti = false;
    if (!enCours) planifier(PAUSE);
  }
  formulaire.addEventListener("input", change);
  formulaire.addEventListener("change", change);
  // leaving a field; not for the button that saves
  formulaire.addEventListener("focusout", (e) => { if (e.relatedTarget?.type !== "submit") garder(); });
  formulaire.addEventListener("submit", (e) => { if (!e.defaultPrevented) parti = true; });
  addEventListener("online", garder);
  addEventListener("pagehide", partir);
  addEventListener("pageshow", () => { parti = false; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") partir(); });
}

// One line above the buttons, and its voice.
function ecrireSous(formulaire) {
  const ligne = document.createElement("p"), annonce = document.createElement("p");
  ligne.className = "etat-brouillon";
  ligne.setAttribute("aria-hidden", "true");
  annonce.className = "visually-hidden";
  annonce.setAttribute("aria-live", "polite");
  const boutons = formulaire.querySelector(".actes-formulaire");
  if (boutons) boutons.before(ligne, annonce);
  else formulaire.append(ligne, annonce);
  return { ligne, annonce };
}
