"""Goals: where they stand, and which kinds of step a partner must see to read one."""

from __future__ import annotations

from collections.abc import Mapping

from app.db.labelled import Labelled
from app.parcours.vocabulaire import GenreEtape, Theme


class StatutObjectif(Labelled):
    EN_COURS = "en_cours", "En cours"
    REPORTE = "reporte", "Remis à plus tard"
    ATTEINT = "atteint", "Atteint"
    ABANDONNE = "abandonne", "Laissé de côté"


# still expected: shown on the dossier, and to come on its day
STATUTS_SUIVIS = frozenset({StatutObjectif.EN_COURS, StatutObjectif.REPORTE})

_ECOLE = frozenset(
    {
        GenreEtape.SCOLARITE,
        GenreEtape.SCOLARITE_FRAGILE,
        GenreEtape.ENSEIGNEMENT_SUPERIEUR,
        GenreEtape.RACCROCHAGE,
        GenreEtape.DECROCHAGE,
        GenreEtape.ACCOMPAGNEMENT_SCOLAIRE,
    }
)
_TRAVAIL = frozenset({GenreEtape.EMPLOI, GenreEtape.IAE, GenreEtape.ALTERNANCE, GenreEtape.STAGE})
# A partner reads what is about a theme when they see one of these kinds of step: their purpose, and what is ticked for
# them, decide once for both. Money, paperwork and justice have no kind: they stay with those who follow the whole.
GENRES_DU_THEME: Mapping[Theme, frozenset[GenreEtape]] = {
    Theme.EMPLOI: _TRAVAIL,
    Theme.FORMATION: frozenset({GenreEtape.FORMATION, GenreEtape.ALTERNANCE}),
    Theme.SCOLARITE: _ECOLE,
    Theme.LOGEMENT: frozenset({GenreEtape.LOGEMENT}),
    Theme.MOBILITE: frozenset({GenreEtape.MOBILITE}),
    Theme.SANTE_ACCES: frozenset({GenreEtape.ACCES_SOINS}),
    Theme.RESSOURCES: frozenset(),
    Theme.ADMINISTRATIF: frozenset(),
    Theme.FAMILLE: frozenset({GenreEtape.PARENTALITE}),
    Theme.LANGUE: frozenset({GenreEtape.SAVOIRS_DE_BASE}),
    Theme.NUMERIQUE: frozenset({GenreEtape.NUMERIQUE}),
    Theme.CITOYENNETE: frozenset({GenreEtape.CITOYENNETE}),
    Theme.LOISIRS_LIEN_SOCIAL: frozenset({GenreEtape.CULTURE_SPORT, GenreEtape.ANIMATION_SOIREE}),
    Theme.JUSTICE_PRISE_EN_COMPTE: frozenset(),
}
