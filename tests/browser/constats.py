"""What is looked at on any page: what axe sees, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
# Buttons, fields, tiles and menus, to the thumb; a link inside a sentence is as high as its line (WCAG 2.5.8).
CIBLES = """
  button, .bouton, summary, .saisie, .tuile label, .tuile a, .case, nav a, .pied a, .retour a, .lien-acte,
  .dossier-liens a, .compte-nom
"""
# Alone on its line or in a list of facts, a link still has the 24 pixels of the standard.
LIENS = ".jeune-nom a, .faits a, .evenement a, .frise-etapes a, .tableau th a, .resume-erreurs a"
REGARD = """([cibles, liens]) => {
  const visibles = selecteur => [...document.querySelectorAll(selecteur)].filter(
    e => e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && !e.closest('.visually-hidden'));
  const dit = e => e.outerHTML.slice(0, 90);
  const bas = (selecteur, haut) => visibles(selecteur).filter(e => e.getBoundingClientRect().height < haut - 0.5);
  const couverts = visibles('input:not([type=hidden]), select, textarea, button').filter(e => {
    e.scrollIntoView({block: 'end'});
    const b = e.getBoundingClientRect();
    const vu = document.elementFromPoint(b.left + b.width / 2, b.top + b.height / 2);
    return !vu || !(e.contains(vu) || vu.contains(e) || [...(e.labels ?? [])].some(l => l.contains(vu)));
  });
  scrollTo(0, 0);
  return {
    deborde: document.documentElement.scrollWidth - innerWidth,
    petits: [...bas(cibles, 44), ...bas(liens, 24)].map(dit),
    couverts: couverts.map(dit),
    titres: visibles('h1').length,
    titre: document.title,
    langue: document.documentElement.lang,
  };
}"""


def faults(page: Page) -> Iterator[str]:
    vu = page.evaluate(REGARD, [CIBLES, LIENS])
    if vu["deborde"] > 0:
        yield f"scrolls sideways by {vu['deborde']} pixels"
    if vu["titres"] != 1:
        yield f"{vu['titres']} h1"
    if not vu["titre"].endswith("· Parcours") or len(vu["titre"]) < 14 or vu["langue"] != "fr":
        yield f"title {vu['titre']!r}, language {vu['langue']!r}"
    yield from (f"too small to tap: {element}" for element in vu["petits"])
    yield from (f"covered: {element}" for element in vu["couverts"])
    for violation in AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]:
        yield f"axe {violation['id']}: {violation['nodes'][0]['html'][:120]}"
