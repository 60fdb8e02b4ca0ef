"""What is published of a cohort, and how it is said: bands, measures, levels, marks, refusals."""

from __future__ import annotations

from enum import StrEnum

from app.db.labelled import Labelled
from app.parcours.vocabulaire import Situation


class Bande(Labelled):
    """The published situation of a month: the kinds of step put together, so that few are too small to show.

    `autres` is never a cell: it is what is left, the masked cells included.
    """

    EMPLOI = "emploi", "Emploi"
    ALTERNANCE = "alternance", "Alternance"
    FORMATION = "formation", "Formation"
    SCOLARITE = "scolarite", "Scolarité, études"
    ENGAGEMENT = "engagement", "Service civique, volontariat"
    RACCROCHAGE = "raccrochage", "Raccrochage scolaire"
    DECROCHAGE = "decrochage", "Décrochage, sans solution"
    SORTI = "sorti", "Sorti du suivi"
    AUTRES = "autres", "Autres situations"


BANDES: dict[Situation, Bande] = {
    Situation.EMPLOI: Bande.EMPLOI,
    Situation.IAE: Bande.EMPLOI,
    Situation.ALTERNANCE: Bande.ALTERNANCE,
    Situation.FORMATION: Bande.FORMATION,
    Situation.ENSEIGNEMENT_SUPERIEUR: Bande.SCOLARITE,
    Situation.SCOLARITE_FRAGILE: Bande.SCOLARITE,
    Situation.SCOLARITE: Bande.SCOLARITE,
    Situation.SERVICE_CIVIQUE: Bande.ENGAGEMENT,
    Situation.RACCROCHAGE: Bande.RACCROCHAGE,
    Situation.DECROCHAGE: Bande.DECROCHAGE,
    Situation.SANS_SOLUTION: Bande.DECROCHAGE,
    Situation.INDISPONIBLE: Bande.AUTRES,
    Situation.ACCOMPAGNEMENT: Bande.AUTRES,
    Situation.INCONNUE: Bande.AUTRES,
    Situation.SORTI: Bande.SORTI,
}
BANDES_PUBLIEES = tuple(bande for bande in Bande if bande is not Bande.AUTRES)


class Mesure(Labelled):
    """What is counted of a cohort. The order is that of publication."""

    SITUATIONS = "situations", "Situations mois par mois"
    DELAI_EMPLOI = "delai_emploi", "Délai jusqu’à un premier emploi"
    DELAI_EMPLOI_6 = "delai_emploi_6", "Délai jusqu’à un emploi tenu 6 mois"
    DELAI_RACCROCHAGE = "delai_raccrochage", "Délai jusqu’à un raccrochage scolaire"
    TRANSITIONS = "transitions", "Passages d’un mois au suivant"
    SORTIES = "sorties", "Sorties"
    RACCROCHAGES = "raccrochages", "Raccrochages solides"
    CONTACTS = "contacts", "Jours entre deux échanges"
    IMMOBILES = "immobiles", "Parcours arrêtés"
    PREMIERE_ETAPE = "premiere_etape", "De l’entrée à la première étape"
    FLUX_6 = "flux_6", "De l’entrée au 6e mois"
    FLUX_12 = "flux_12", "Du 6e au 12e mois"
    FLUX_24 = "flux_24", "Du 12e au 24e mois"
    DUREES_12 = "durees_12", "Mois passés dans chaque situation, sur 12"
    DUREES_24 = "durees_24", "Mois passés dans chaque situation, sur 24"


class Niveau(Labelled):
    """How much may be said of so many people (cohortes.md, R5)."""

    EFFECTIF = "effectif", "L’effectif seul"
    HORIZONS = "horizons", "Quatre dates"
    COURBES = "courbes", "Une courbe, un point par trimestre"
    MENSUEL = "mensuel", "Une courbe, un point par mois"


class Marque(StrEnum):
    """What a cell says. One that is too small to say anything has no row."""

    NOMBRE = "nombre"
    PRESQUE_TOUS = "presque_tous"


class Raison(Labelled):
    """Why a set of people is not published (R4). Said without a figure."""

    EFFECTIF = "effectif", "Trop peu de jeunes pour que personne ne puisse y être reconnu."
    PROCHE = (
        "proche",
        "En la comparant à des chiffres déjà publiés, on isolerait trop peu de jeunes.",
    )
    RESTE = (
        "reste",
        "En retranchant les parties publiées d’un ensemble publié, il resterait trop peu de jeunes.",
    )
    DEDUCTION = (
        "deduction",
        "En combinant les chiffres publiés, on pourrait calculer ceux d’un très petit groupe.",
    )
    PAIRE = (
        "paire",
        "En combinant les chiffres publiés, on pourrait calculer ceux de deux très petits groupes réunis.",
    )
