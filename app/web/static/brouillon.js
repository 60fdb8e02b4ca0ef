// Keeps on the server what is being typed, every few seconds; nothing is kept on this device. Comfort: without it, a
// form that cannot be saved is still given back. A form that finds no network stays on its page and leaves when it can.

const PAUSE = 2000; // from the first change that is not kept yet
const ESSAI = 5000; // after a failure
const DELAI = 15000; // an answer that does not come
const LENTEUR = 3000; // an answer so late that there may be no network
const APRES_LA_PAGE = 60000; // what a browser still sends once the page is gone, in bytes

for (const champ of document.querySelectorAll("input[data-brouillon]")) suivre(champ);

function suivre(champ) {
  const formulaire = champ.form;
  const page = new URL(formulaire.action, location.href).pathname;
  const { ligne, annonce, renoncer } = ecrireSous(formulaire, champ.dataset.renoncer);
  let modifie = false, parti = false, echec = false, enCours = null, depuis = 0, minuterie = null;
  // retenu: the tap that waits for the network, with its button
  let injoignable = false, retenu = null, libre = false;

  function corps() {
    const dit = new URLSearchParams(new FormData(formulaire));
    for (const nom of [...dit.keys()]) if (nom.includes("mot_de_passe")) dit.delete(nom);
    dit.set("brouillon-page", page);
    return dit.toString();
  }

  function dire(quoi, heure, grave, aHauteVoix = false) {
    const texte = champ.dataset[quoi].replace("{heure}", heure ?? "");
    ligne.textContent = texte;
    ligne.classList.toggle("etat-brouillon-grave", grave);
    // said aloud once, then only when it goes wrong or right again
    const nouveau = aHauteVoix ? annonce.textContent !== texte : grave !== echec || !annonce.textContent;
    if (nouveau) annonce.textContent = texte;
    echec = grave;
  }

  function planifier(attente) {
    minuterie ??= setTimeout(() => { minuterie = null; garder(); }, attente);
  }

  async function garder() {
    if (!(modifie || retenu) || parti || enCours) return;
    clearTimeout(minuterie);
    minuterie = null;
    const suite = await envoyer();
    if ((modifie || retenu) && !parti) planifier(suite);
  }

  async function envoyer() {
    const texte = corps(), arret = enCours = new AbortController();
    depuis = performance.now();
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
      const suite = await recu(reponse);
      if (retenu && !injoignable) laisserPartir();
      return suite;
    } catch {
      if (parti || enCours !== arret) return PAUSE;
      return manquer(navigator.onLine ? "attente" : "reseau");
    } finally {
      clearTimeout(limite);
      if (enCours === arret) enCours = null;
    }
  }

  // nobody answered: the same form would meet an error page
  function manquer(quoi) {
    modifie = injoignable = true;
    dire(retenu ? "retenu" : quoi, null, true, retenu !== null);
    return ESSAI;
  }

  async function recu(reponse) {
    // what stands before our server answers for it
    if ([502, 503, 504].includes(reponse.status)) return manquer("attente");
    injoignable = false;
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
      // nobody would keep what leaves now
      if (reponse.status !== 413) lacher();
      dire(reponse.status === 413 ? "long" : "session", null, true, true);
    }
    return PAUSE;
  }

  // what the page leaves behind is sent even if the last one has not been answered
  function partir() {
    if (!modifie || parti) return;
    recommencer();
  }

  function recommencer() {
    enCours?.abort();
    enCours = null;
    garder();
  }

  function change() {
    modifie = true;
    parti = false;
    if (!enCours) planifier(PAUSE);
  }

  function sansReseau() {
    return !navigator.onLine || injoignable || (enCours !== null && performance.now() - depuis > LENTEUR);
  }

  function enregistrer(e) {
    if (e.defaultPrevented) return;
    if (libre || !(retenu || sansReseau())) {
      parti = true;
      return;
    }
    e.preventDefault();
    // a second tap is the same
    if (retenu) return;
    retenu = { bouton: e.submitter };
    parti = false;
    renoncer.hidden = false;
    dire(navigator.onLine ? "essai" : "retenu", null, true, true);
    ligne.scrollIntoView({ block: "center" });
    recommencer();
  }

  function laisserPartir() {
    const { bouton } = retenu;
    lacher();
    libre = true;
    formulaire.requestSubmit(bouton);
    libre = false;
  }

  function lacher() {
    retenu = null;
    renoncer.hidden = true;
  }

  // whoever goes on writing has not finished: nothing leaves in the middle of a sentence
  function reprendre() {
    if (!retenu) return;
    lacher();
    dire("repris", null, true, true);
  }

  formulaire.addEventListener("input", reprendre);
  formulaire.addEventListener("input", change);
  formulaire.addEventListener("change", change);
  renoncer.addEventListener("click", () => { retenu?.bouton?.focus(); reprendre(); });
  // leaving a field; not for the button that saves
  formulaire.addEventListener("focusout", (e) => { if (e.relatedTarget?.type !== "submit") garder(); });
  formulaire.addEventListener("submit", enregistrer);
  addEventListener("online", () => { if (retenu) recommencer(); else garder(); });
  addEventListener("pagehide", partir);
  addEventListener("pageshow", () => { parti = false; });
  addEventListener("beforeunload", (e) => { if (!parti && (retenu || (modifie && injoignable))) e.preventDefault(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") partir(); });
}

// One line above the buttons, its voice, and what keeps a form that waits for the network from leaving.
function ecrireSous(formulaire, mots) {
  const ligne = document.createElement("p"), annonce = document.createElement("p");
  const renoncer = document.createElement("button");
  ligne.className = "etat-brouillon";
  ligne.setAttribute("aria-hidden", "true");
  annonce.className = "visually-hidden";
  annonce.setAttribute("aria-live", "polite");
  renoncer.type = "button";
  renoncer.className = "bouton bouton-secondaire brouillon-renoncer";
  renoncer.textContent = mots;
  renoncer.hidden = true;
  const boutons = formulaire.querySelector(".actes-formulaire");
  if (boutons) boutons.before(ligne, annonce, renoncer);
  else formulaire.append(ligne, annonce, renoncer);
  return { ligne, annonce, renoncer };
}
