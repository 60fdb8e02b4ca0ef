"""Mon parcours: the parts of the page, and each kind of step in plain French, as the young person says it."""

from __future__ import annotations

from collections.abc import Mapping

from app.db.labelled import Labelled
from app.parcours.vocabulaire import GenreEtape, Theme


class Rubrique(Labelled):
    ICI = "ici", "Où j’en suis"
    SUITE = "suite", "Ce qui vient"
    JOINDRE = "joindre", "Qui je peux appeler"
    OBJECTIFS = "objectifs", "Mes objectifs"


# A family may read it on the table: for a minor, these begin unticked.
GENRES_A_LA_MAISON = frozenset({GenreEtape.LOGEMENT, GenreEtape.ACCES_SOINS, GenreEtape.PARENTALITE})
THEMES_A_LA_MAISON = frozenset({Theme.LOGEMENT, Theme.SANTE_ACCES, Theme.FAMILLE, Theme.JUSTICE_PRISE_EN_COMPTE})

EN_CLAIR: Mapping[GenreEtape, str] = {
    GenreEtape.EMPLOI: "Je travaille",
    GenreEtape.IAE: "Je travaille dans une entreprise d’insertion",
    GenreEtape.ALTERNANCE: "Je suis en alternance",
    GenreEtape.FORMATION: "Je suis en formation",
    GenreEtape.ENSEIGNEMENT_SUPERIEUR: "Je fais des études",
    GenreEtape.SCOLARITE_FRAGILE: "Je vais à l’école, avec un coup de main",
    GenreEtape.SCOLARITE: "Je vais à l’école",
    GenreEtape.SERVICE_CIVIQUE: "Je fais un service civique",
    GenreEtape.RACCROCHAGE: "Je reprends l’école",
    GenreEtape.DECROCHAGE: "Je cherche comment reprendre",
    GenreEtape.SANS_SOLUTION: "Je cherche ma place",
    GenreEtape.INDISPONIBLE: "Je fais une pause",
    GenreEtape.ACCOMPAGNEMENT: "On m’accompagne vers l’emploi",
    GenreEtape.CHANTIER_EDUCATIF: "Je participe à un chantier éducatif",
    GenreEtape.STAGE: "Je suis en stage",
    GenreEtape.ACCOMPAGNEMENT_EDUCATIF: "Un éducateur m’accompagne",
    GenreEtape.ACCOMPAGNEMENT_SCOLAIRE: "On m’aide pour l’école",
    GenreEtape.SAVOIRS_DE_BASE: "Je travaille la lecture, l’écriture ou le calcul",
    GenreEtape.NUMERIQUE: "J’apprends à me servir du numérique",
    GenreEtape.MOBILITE: "J’apprends à me déplacer",
    GenreEtape.LOGEMENT: "Je cherche un logement",
    GenreEtape.ACCES_SOINS: "Je m’occupe de ma santé et de mes droits",
    GenreEtape.PARENTALITE: "Ma famille est accompagnée",
    GenreEtape.ANIMATION_SOIREE: "Je participe aux soirées",
    GenreEtape.CITOYENNETE: "Je participe à la vie du quartier",
    GenreEtape.CULTURE_SPORT: "Je fais du sport, de la culture",
}
ON_FAIT_LE_POINT = "On fait le point sur ce que je fais en ce moment"
