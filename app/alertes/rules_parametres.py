"""The numbers that a structure may set, each with its default, its bounds and where it comes from. Pure.

One convention for every delay: a cause of `depuis` is due on `depuis + N`, so the alert is true on the N-th day
itself. "Every 14 days" is missed when the fourteenth day comes without an exchange: 14 days, not 15.
A column of `reglage` bears the code of each; a structure that set nothing has no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.alertes.vocabulaire import Regle
from app.db.labelled import Labelled
from app.parcours.rules_obligation import MOIS_AVANT_TRANSMISSION
from app.parcours.rules_verifications import MOIS
from app.parcours.vocabulaire import Situation
from app.parcours.vocabulaire_actes import ObjetVerification


class Unite(Labelled):
    JOURS = "jours", "jours"
    MOIS = "mois", "mois"
    HEURES = "heures", "heures"
    FOIS = "fois", "fois"
    LIGNES = "lignes", "jeunes"
    DOSSIERS = "dossiers", "dossiers"


class Source(Labelled):
    """Where a number comes from."""

    PRODUIT = "produit", "Règle de Parcours, discutée avec des praticiens ; aucun texte ne l’impose."
    USAGE = "usage", "Repère d’usage, pas une norme : aucun texte ne l’impose, chaque structure le règle."
    OBLIGATION = (
        "obligation",
        "Code de l’éducation, art. L. 114-1 et R. 114-7 ; décret n° 2020-978 du 5 août 2020.",
    )
    INSTRUCTION = "instruction", "Code de l’éducation, art. L. 131-1 (instruction obligatoire de 3 à 16 ans)."
    CHANTIER = "chantier", "Usage des chantiers éducatifs : exonération dans la limite de 750 heures sur 12 mois."
    SORTIE = "sortie", "Suivi à 3, 6 et 12 mois après la sortie (vocabulaire commun du contrat de ville)."
    RGPD = "rgpd", "RGPD, art. 14.3 : informer la personne au plus tard un mois après."


@dataclass(frozen=True, slots=True)
class Parametre:
    """`regle` is None for what concerns all rules. Bounds are included."""

    code: str
    regle: Regle | None
    label: str
    defaut: int
    minimum: int
    maximum: int
    unite: Unite = Unite.JOURS
    source: Source = Source.PRODUIT


# Days without a contact réussi that a situation allows, times the intensity's factor.
RYTHMES: dict[Situation, int] = {
    Situation.DECROCHAGE: 14,
    Situation.SANS_SOLUTION: 14,
    Situation.RACCROCHAGE: 21,
    Situation.SCOLARITE_FRAGILE: 21,
    # as a situation not known yet: the contract's own milestones say nothing of the young person's days
    Situation.ACCOMPAGNEMENT: 30,
    Situation.INCONNUE: 30,
    Situation.ALTERNANCE: 45,
    Situation.FORMATION: 45,
    Situation.EMPLOI: 60,
    # a job like another for whoever holds it
    Situation.IAE: 60,
    Situation.SERVICE_CIVIQUE: 60,
    # time was asked for: often enough not to lose the thread, never pressing
    Situation.INDISPONIBLE: 60,
    Situation.SCOLARITE: 90,
    Situation.ENSEIGNEMENT_SUPERIEUR: 90,
}

# For how long what is known of a situation is taken as true.
FRAICHEURS: dict[Situation, int] = {
    Situation.INCONNUE: 60,
    Situation.DECROCHAGE: 90,
    Situation.SANS_SOLUTION: 90,
    Situation.RACCROCHAGE: 120,
    Situation.SCOLARITE_FRAGILE: 120,
    Situation.INDISPONIBLE: 120,
    Situation.FORMATION: 180,
    Situation.ACCOMPAGNEMENT: 180,
    Situation.ALTERNANCE: 180,
    Situation.EMPLOI: 180,
    Situation.IAE: 180,
    Situation.SERVICE_CIVIQUE: 180,
    Situation.SCOLARITE: 365,
    Situation.ENSEIGNEMENT_SUPERIEUR: 365,
}

# The longest report of each rule, in days. A legal clock has one only until it is due.
REPORTS: dict[Regle, int] = {
    Regle.SILENCE: 21,
    Regle.INJOIGNABLE: 14,
    Regle.DECROCHAGE_QUI_DURE: 30,
    Regle.SANS_REFERENT: 7,
    Regle.RENDEZ_VOUS_SANS_SUITE: 7,
    Regle.RENTREE: 45,
    # as long as it speaks
    Regle.AGE: 120,
    Regle.PARCOURS_IMMOBILE: 90,
    Regle.APRES_SORTIE: 60,
}
REPORT_PAR_DEFAUT = 30


def rythme_code(situation: Situation) -> str:
    return f"silence_{situation.value}"


def fraicheur_code(situation: Situation) -> str:
    return f"fraicheur_{situation.value}"


def report_code(regle: Regle) -> str:
    return f"report_{regle.value}"


_RYTHMES = [
    Parametre(rythme_code(situation), Regle.SILENCE, situation.label, jours, 3, 365)
    for situation, jours in RYTHMES.items()
]
_FRAICHEURS = [
    Parametre(fraicheur_code(situation), Regle.SITUATION_A_CONFIRMER, situation.label, jours, 7, 730)
    for situation, jours in FRAICHEURS.items()
]
_REPORTS = [
    Parametre(report_code(regle), regle, "Report au plus", REPORTS.get(regle, REPORT_PAR_DEFAUT), 1, 180)
    for regle in Regle
]


def _fixed(number: int) -> tuple[int, int, int]:
    """The default and both bounds of what no structure chooses."""
    return number, number, number


_PROPRES = [
    Parametre("silence_chantier", Regle.SILENCE, "Chantier éducatif en cours", 14, 3, 365),
    Parametre("silence_alternance_debut", Regle.SILENCE, "Alternance, au début", 21, 3, 365),
    Parametre("alternance_debut", Regle.SILENCE, "Durée du début d’une alternance", 3, 0, 12, Unite.MOIS),
    Parametre("silence_emploi_installe", Regle.SILENCE, "Emploi qui dure", 90, 3, 365),
    Parametre("emploi_installe", Regle.SILENCE, "Un emploi dure à partir de", 6, 0, 24, Unite.MOIS),
    Parametre("injoignable_tentatives", Regle.INJOIGNABLE, "Tentatives sans succès", 2, 2, 10, Unite.FOIS),
    Parametre("injoignable_jours", Regle.INJOIGNABLE, "En", 30, 7, 180),
    Parametre("retard", Regle.ETAPE_EN_RETARD, "Après la date prévue", 14, 1, 120),
    Parametre("fin_proche", Regle.ETAPE_QUI_FINIT, "Avant la fin prévue", 30, 7, 120),
    Parametre("rupture", Regle.RUPTURE_SANS_SUITE, "Sans rien après", 30, 1, 180),
    Parametre("decrochage", Regle.DECROCHAGE_QUI_DURE, "Sans étape qui le referme", 60, 7, 365),
    Parametre("transmission", Regle.TRANSMISSION_DEPARTEMENT, "Après la convocation",
              *_fixed(MOIS_AVANT_TRANSMISSION), Unite.MOIS, Source.OBLIGATION),
    Parametre("raccrochage_fragile", Regle.RACCROCHAGE_FRAGILE, "Après le retour, pendant", 3, 1, 12, Unite.MOIS),
    Parametre("raccrochage_solide", Regle.RACCROCHAGE_A_VERIFIER, "Après le retour",
              *_fixed(*MOIS[ObjetVerification.RACCROCHAGE]), Unite.MOIS),
    Parametre("sans_referent", Regle.SANS_REFERENT, "Au plus", 3, 0, 30),
    Parametre("rendez_vous", Regle.RENDEZ_VOUS_SANS_SUITE, "Après le rendez-vous", 7, 1, 60),
    Parametre("age", Regle.AGE, "Avant l’anniversaire", 90, 30, 365),
    # circulaire DAS/DGEFP n° 99-27 du 29 juin 1999: exempt up to 750 hours a person and 12 months; warned before
    Parametre(
        "chantier_heures", Regle.CHANTIER_PLAFOND, "À partir de", 700, 100, 750, Unite.HEURES, Source.CHANTIER
    ),
    Parametre("chantier_mois", Regle.CHANTIER_PLAFOND, "Sur les derniers", 12, 12, 12, Unite.MOIS, Source.CHANTIER),
    Parametre("entree", Regle.ENTREE_IMMOBILE, "Sans première étape", 30, 7, 180),
    Parametre("immobile", Regle.PARCOURS_IMMOBILE, "Sans changement d’étape", 12, 3, 36, Unite.MOIS),
    Parametre("informer", Regle.INFORMER_JEUNE, "Après l’enregistrement d’une identité", 30, 1, 30, Unite.JOURS,
              Source.RGPD),
    Parametre("escalade", None, "Une alerte sans suite est portée au coordinateur après", 14, 1, 90),
    Parametre("aujourdhui", None, "Ma journée montre au plus", 7, 3, 30, Unite.LIGNES),
    Parametre("attente", None, "Mise en attente d’un parcours, au plus", 90, 7, 365),
    Parametre("charge_soutenus", None, "Charge : suivis soutenus d’un référent, repère", 20, 5, 100, Unite.DOSSIERS,
              Source.USAGE),
    Parametre("charge_dossiers", None, "Charge : tous les dossiers d’un référent, repère", 100, 10, 500, Unite.DOSSIERS,
              Source.USAGE),
]  # fmt: skip
PARAMETRES: dict[str, Parametre] = {
    parametre.code: parametre for parametre in (*_RYTHMES, *_PROPRES, *_FRAICHEURS, *_REPORTS)
}


def values(stored: Mapping[str, int | None]) -> dict[str, int]:
    """What applies, for a structure that set `stored`; None, or no key, is the default."""
    return {
        code: parametre.defaut if stored.get(code) is None else stored[code] for code, parametre in PARAMETRES.items()
    }
