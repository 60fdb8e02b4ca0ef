"""The yearly report of the contrat de ville: its vintage, which measure speaks of which theme, what may be written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.cohortes.rules_phrases import Sujet
from app.cohortes.rules_treillis import year_of
from app.cohortes.vocabulaire import Mesure
from app.db.errors import DomainError
from app.parcours.rules import ALPHABET_CODE
from app.programme.vocabulaire import Thematique


@dataclass(frozen=True, slots=True)
class Apport:
    """What the ledger brings to a theme: measures to show, and what is said of them first. Nothing is an answer too."""

    mesures: tuple[Mesure, ...] = ()
    sujets: tuple[Sujet, ...] = ()


RIEN = Apport()
APPORTS: dict[Thematique, Apport] = {
    Thematique.DECROCHAGE_RACCROCHAGE: Apport(
        (Mesure.SITUATIONS, Mesure.RACCROCHAGES, Mesure.DELAI_RACCROCHAGE),
        (Sujet.DECROCHAGE, Sujet.RETOURS, Sujet.RETOURS_SOLIDES),
    ),
    Thematique.CHANTIERS_EDUCATIFS: Apport((Mesure.PREMIERE_ETAPE,), (Sujet.PREMIERE_ETAPE,)),
    Thematique.PREVENTION_DELINQUANCE: RIEN,
    Thematique.ANIMATIONS_SOIREE: RIEN,
    Thematique.SAVOIRS_DE_BASE: RIEN,
    Thematique.USAGES_NUMERIQUES: RIEN,
    Thematique.EMPLOI_INSERTION: Apport(
        (Mesure.SITUATIONS, Mesure.DELAI_EMPLOI, Mesure.DELAI_EMPLOI_6, Mesure.SORTIES),
        (Sujet.ACTIVITE, Sujet.DELAI_EMPLOI, Sujet.SORTIES_DYNAMIQUES),
    ),
    Thematique.FORMATION: Apport((Mesure.SITUATIONS, Mesure.DUREES_12), (Sujet.ACTIVITE,)),
    Thematique.LOGEMENT_HABITAT: RIEN,
    Thematique.SANTE: RIEN,
    Thematique.PARENTALITE: RIEN,
    Thematique.PETITE_ENFANCE: RIEN,
    Thematique.ACCOMPAGNEMENT_SCOLAIRE: Apport((Mesure.SITUATIONS,), (Sujet.SCOLARITE,)),
    Thematique.CULTURE_SPORT_LOISIRS: RIEN,
    Thematique.CITOYENNETE_LIEN_SOCIAL: Apport((Mesure.CONTACTS,), (Sujet.CONTACTS,)),
    Thematique.MEDIATION_TRANQUILLITE: RIEN,
    Thematique.MEMOIRE_ANIMATION_TERRITOIRE: RIEN,
}

SYNTHESE, METHODE = "synthese", "methode"
COMMENTAIRE_MAX = 4000

_COURRIEL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
# as French numbers are written, however they are spaced
_TELEPHONE = re.compile(r"(?<!\d)(?:\+33|0033|0)[\s.\-]?[1-9](?:[\s.\-]?\d{2}){4}(?!\d)")
# A code of letters alone may be words, CAP-BEP: it is one when it is said to be.
_CODE = re.compile(rf"(?:\b(?=[A-Z-]{{0,6}}[2-9])|[Dd]ossier\s+)[{ALPHABET_CODE}]{{3}}-[{ALPHABET_CODE}]{{3}}\b")


def measures_of(thematiques: Iterable[Thematique]) -> list[Mesure]:
    """What is shown of an axis: each measure once, in the order of `Mesure`."""
    wanted = {mesure for theme in thematiques for mesure in APPORTS[theme].mesures}
    return [mesure for mesure in Mesure if mesure in wanted]


def subjects_of(thematiques: Iterable[Thematique]) -> list[Sujet]:
    """What is said of an axis first, in the order of `Sujet`."""
    wanted = {sujet for theme in thematiques for sujet in APPORTS[theme].sujets}
    return [sujet for sujet in Sujet if sujet in wanted]


def vintage_of(annee: int, millesimes: Iterable[int]) -> int | None:
    """The last vintage of that year, else the last before; None when there is none yet."""
    return max((one for one in millesimes if year_of(one) <= annee), default=None)


def years_of(millesimes: Sequence[int], *, today: date) -> list[int]:
    """The years that have a report, the last first; the present one alone when nothing was ever frozen."""
    first = min((year_of(one) for one in millesimes), default=today.year)
    return list(range(max(today.year, first), first - 1, -1))


def axis_part(axe_id: int) -> str:
    """Under which name the comment of an axis is kept."""
    return f"axe-{axe_id}"


def territory_part(territoire_id: int) -> str:
    return f"territoire-{territoire_id}"


def check_comment(texte: str) -> str:
    """What will be published. DomainError: commentaire_vide, commentaire_long, and commentaire_courriel,
    commentaire_telephone, commentaire_dossier for what would lead to somebody."""
    said = texte.replace("\r\n", "\n").strip()
    if not said:
        raise DomainError("commentaire_vide", field="texte")
    if len(said) > COMMENTAIRE_MAX:
        raise DomainError("commentaire_long", field="texte")
    for shape, code in (
        (_COURRIEL, "commentaire_courriel"),
        (_TELEPHONE, "commentaire_telephone"),
        (_CODE, "commentaire_dossier"),
    ):
        if shape.search(said):
            raise DomainError(code, field="texte")
    return said
