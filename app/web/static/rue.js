// Comfort only: the counters are fields that one may fill in.

const compteurs = document.querySelector("[data-compteurs]");
const total = document.querySelector("[data-compteurs-total]");

function additionner() {
  let somme = 0;
  for (const champ of compteurs.querySelectorAll("input")) somme += Number(champ.value) || 0;
  total.textContent = somme < 2 ? `${somme} jeune rencontré` : `${somme} jeunes rencontrés`;
}

for (const pas of document.querySelectorAll("[data-pas]")) {
  const champ = pas.parentElement.querySelector("input");
  pas.hidden = false;
  pas.addEventListener("click", () => {
    champ.value = Math.max(0, (Number(champ.value) || 0) + Number(pas.dataset.pas));
    champ.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

total.parentElement.hidden = false;
compteurs.addEventListener("input", additionner);
addEventListener("pageshow", additionner);
additionner();
