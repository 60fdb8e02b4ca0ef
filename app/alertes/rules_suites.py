"""Where the next act of an alert is done: the page, or the place, below its dossier. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.alertes.vocabulaire import Regle

NOTER = "/suivis/nouveau"
PLANIFIER = "/contacts-prevus"
ETAPE = "/etapes/nouvelle"
RELAIS = "/referent"
MISSION_LOCALE = "/suivis/nouveau?canal=entretien_tiers"
# The duty of training is a mission locale's to carry out: others are told to get in touch with it.
REGLES_DE_MISSION_LOCALE = frozenset({Regle.OBLIGATION_FORMATION, Regle.TRANSMISSION_DEPARTEMENT})
# Answered with one tap where the alert is shown.
EN_UN_GESTE = frozenset(
    {Regle.RACCROCHAGE_A_VERIFIER, Regle.APRES_SORTIE, Regle.SITUATION_A_CONFIRMER, Regle.INFORMER_JEUNE}
)
_SUITES: dict[Regle, str] = {
    Regle.SILENCE: NOTER,
    Regle.INJOIGNABLE: "/injoignable",
    Regle.ETAPE_QUI_FINIT: ETAPE,
    Regle.RENTREE: ETAPE,
    Regle.RUPTURE_SANS_SUITE: ETAPE,
    Regle.DECROCHAGE_QUI_DURE: ETAPE,
    Regle.RACCROCHAGE_FRAGILE: NOTER,
    Regle.SANS_REFERENT: RELAIS,
    Regle.RENDEZ_VOUS_SANS_SUITE: "#a-venir",
    Regle.AGE: PLANIFIER,
    Regle.CHANTIER_PLAFOND: NOTER,
    Regle.ENTREE_IMMOBILE: ETAPE,
    Regle.PARCOURS_IMMOBILE: ETAPE,
}
# At 18 what changes is who may be told: the page of the legal representatives.
_AGES = {18: "/representants"}


def suite(regle: Regle, cle: str, alerte_id: int, faits: Mapping[str, Any], *, mission_locale: bool) -> str:
    """The address below the dossier, an anchor of its page when the act is one tap there."""
    if regle is Regle.ETAPE_EN_RETARD:
        return f"/etapes/{UUID(cle)}"
    if regle is Regle.CHANTIER_MINEUR:
        return f"/etapes/{UUID(cle)}/conditions"
    if regle in REGLES_DE_MISSION_LOCALE:
        return "/obligation-de-formation" if mission_locale else MISSION_LOCALE
    if regle is Regle.SITUATION_A_CONFIRMER and faits.get("situation") == "inconnue":
        # what is not known cannot be confirmed
        return ETAPE
    if regle in EN_UN_GESTE:
        return f"#alerte-{alerte_id}"
    return _AGES.get(faits.get("age", 0), _SUITES[regle]) if regle is Regle.AGE else _SUITES[regle]
