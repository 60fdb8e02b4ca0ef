"""The search for somebody who does not answer: five ways, each tried or not possible here. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from app.parcours.vocabulaire import Canal, Resultat
from app.parcours.vocabulaire_actes import MoyenDemarche

# What the journal shows of a way that was tried. To speak with a third party is an exchange that resets no silence.
SUIVIS: dict[MoyenDemarche, tuple[Canal, Resultat]] = {
    MoyenDemarche.MESSAGE: (Canal.MESSAGE, Resultat.SANS_REPONSE),
    MoyenDemarche.VISITE: (Canal.VISITE_DOMICILE, Resultat.SANS_REPONSE),
    MoyenDemarche.PARTENAIRE: (Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT),
    MoyenDemarche.FAMILLE: (Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT),
    MoyenDemarche.PAIRS: (Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT),
}


def remaining(done: Iterable[MoyenDemarche]) -> tuple[MoyenDemarche, ...]:
    """The ways that are neither tried nor said to be impossible, in the order in which they are tried."""
    known = set(done)
    return tuple(moyen for moyen in MoyenDemarche if moyen not in known)
