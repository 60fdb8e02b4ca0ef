"""Colours: each famille has one, none too pale, and no kind looks like a verdict."""

import colorsys
import re

import pytest

from app.parcours.vocabulaire import Famille
from app.web.setup import DOSSIER_STATIQUE

CSS = {fichier.name: fichier.read_text() for fichier in DOSSIER_STATIQUE.glob("*.css")}
FAMILLES = dict(re.findall(r"\.famille-(\w+) \{ --famille: (#[0-9a-f]{6})", CSS["frise.css"]))
COULEURS = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", CSS["parcours.css"]))


def rvb(couleur: str) -> tuple[float, float, float]:
    chiffres = couleur[1:] if len(couleur) == 7 else "".join(c * 2 for c in couleur[1:])
    rouge, vert, bleu = (int(chiffres[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return rouge, vert, bleu


def contraste(une: str, autre: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""

    def luminance(couleur: str) -> float:
        canaux = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rvb(couleur)]
        return 0.2126 * canaux[0] + 0.7152 * canaux[1] + 0.0722 * canaux[2]

    claire, sombre = sorted((luminance(une), luminance(autre)), reverse=True)
    return (claire + 0.05) / (sombre + 0.05)


def test_every_famille_has_its_own_colour() -> None:
    assert set(FAMILLES) == {famille.value for famille in Famille}
    assert len(set(FAMILLES.values())) == len(FAMILLES)


@pytest.mark.parametrize("famille", sorted(FAMILLES))
def test_a_famille_stands_out_on_a_card(famille: str) -> None:
    assert contraste(FAMILLES[famille], "#ffffff") >= 3


def test_no_famille_is_alarm_red_and_dropping_out_is_the_most_neutral_but_one() -> None:
    saturations = {}
    for famille, couleur in FAMILLES.items():
        teinte, _, saturation = colorsys.rgb_to_hls(*rvb(couleur))
        assert not (saturation > 0.4 and (teinte < 0.04 or teinte > 0.96)), famille
        saturations[famille] = saturation
    assert sorted(saturations, key=saturations.__getitem__)[:2] == ["indisponible", "decrochage"]


@pytest.mark.parametrize("fond", ["carte", "fond", "vert"])
def test_the_one_focus_colour_is_seen_on_every_ground(fond: str) -> None:
    assert contraste(COULEURS["focus"], COULEURS[fond]) >= 3


@pytest.mark.parametrize(
    ("texte", "fond"), [("encre", "fond"), ("gris", "fond"), ("lien", "fond"), ("erreur", "erreur-pale")]
)
def test_words_are_readable(texte: str, fond: str) -> None:
    assert contraste(COULEURS[texte], COULEURS[fond]) >= 4.5


def test_styles_ask_nothing_of_the_network() -> None:
    for feuille in CSS.values():
        assert "url(" not in feuille
        assert "@import" not in feuille
