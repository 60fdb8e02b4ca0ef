"""What a step may be, become, and propose: pure functions, `today` is passed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from app.db.errors import DomainError
from app.parcours.rules import PREMIERE_DATE, STATUTS_VECUS, EtapeVecue
from app.parcours.vocabulaire import (
    GENRES_CLOS_PAR_UN_DECROCHAGE,
    GENRES_QUI_CLOSENT_UN_DECROCHAGE,
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    ActeEtape,
    Contrat,
    Famille,
    GenreEtape,
    IssueEtape,
    NiveauVise,
    StatutEtape,
)

AGE_PREMIERE_ETAPE = 6
HORIZON = timedelta(days=5 * 366)
HEURES_MAX = 2000

# Two jobs, two follow-up contracts or two hobbies at once are life; two of these at once are a typing error.
GENRES_UN_SEUL_A_LA_FOIS = frozenset(
    {genre for genre in GenreEtape if genre.rang is not None} - {GenreEtape.EMPLOI, GenreEtape.ACCOMPAGNEMENT}
    | {
        GenreEtape.CHANTIER_EDUCATIF,
        GenreEtape.STAGE,
        GenreEtape.ACCOMPAGNEMENT_EDUCATIF,
        GenreEtape.ACCOMPAGNEMENT_SCOLAIRE,
    }
)
_PREVUE = frozenset({StatutEtape.PREVUE})
_EN_COURS = frozenset({StatutEtape.EN_COURS})
TRANSITIONS: dict[ActeEtape, tuple[frozenset[StatutEtape], frozenset[StatutEtape]]] = {
    ActeEtape.COMMENCER: (_PREVUE, _EN_COURS),
    ActeEtape.METTRE_EN_ATTENTE: (_EN_COURS, frozenset({StatutEtape.EN_ATTENTE})),
    ActeEtape.REPRENDRE: (frozenset({StatutEtape.EN_ATTENTE}), _EN_COURS),
    ActeEtape.TERMINER: (STATUTS_OUVERTS, frozenset({StatutEtape.TERMINEE})),
    ActeEtape.INTERROMPRE: (STATUTS_OUVERTS, STATUTS_FINIS - {StatutEtape.TERMINEE}),
    ActeEtape.ANNULER: (_PREVUE | STATUTS_OUVERTS, frozenset({StatutEtape.ANNULEE})),
}


@dataclass(frozen=True, slots=True)
class Faits:
    """What a step says of itself. `fin` is its last day; `precisions` are sealed already."""

    genre: GenreEtape
    statut: StatutEtape
    debut: date
    fin: date | None = None
    fin_prevue: date | None = None
    issue: IssueEtape | None = None
    contrat: Contrat | None = None
    niveau_vise: NiveauVise | None = None
    heures: int | None = None
    precisions: bytes | None = None


@dataclass(frozen=True, slots=True)
class Cadre:
    """What the dossier says that limits its steps."""

    annee_naissance: int | None
    clos_le: date | None


class Raison(StrEnum):
    """Why ending a step is proposed. The sentence is in the form."""

    DECROCHAGE_COMMENCE = "decrochage_commence"
    DECROCHAGE_FINI = "decrochage_fini"
    MEME_GENRE = "meme_genre"


@dataclass(frozen=True, slots=True)
class Proposition:
    """Ending this open step on that day is proposed."""

    etape_id: UUID
    fin: date
    raison: Raison


def actes_possibles(statut: StatutEtape) -> list[ActeEtape]:
    return [acte for acte, (sources, _) in TRANSITIONS.items() if statut in sources]


def check_transition(acte: ActeEtape, *, de: StatutEtape, vers: StatutEtape) -> None:
    sources, targets = TRANSITIONS[acte]
    if de not in sources or vers not in targets:
        raise DomainError("transition_impossible", field="statut", de=de)


def check_faits(faits: Faits, *, cadre: Cadre, today: date) -> None:
    """Whether a step can be what it says. Raises DomainError with the field to mend."""
    _check_details(faits)
    _check_debut(faits, cadre=cadre, today=today)
    _check_fin(faits, today=today)
    if cadre.clos_le is not None and _goes_on_after(faits, cadre.clos_le):
        raise DomainError("dossier_clos", field="statut")


def _check_details(faits: Faits) -> None:
    if faits.contrat is not None and faits.genre is not GenreEtape.EMPLOI:
        raise DomainError("contrat_hors_emploi", field="contrat")
    if faits.niveau_vise is not None and faits.genre is not GenreEtape.FORMATION:
        raise DomainError("niveau_hors_formation", field="niveau_vise")
    if faits.heures is not None and faits.genre is not GenreEtape.CHANTIER_EDUCATIF:
        raise DomainError("heures_hors_chantier", field="heures")
    if faits.heures is not None and not 0 <= faits.heures <= HEURES_MAX:
        raise DomainError("heures_invraisemblables", field="heures")
    if faits.issue is not None and faits.statut not in STATUTS_FINIS:
        raise DomainError("issue_sans_fin", field="issue")


def _check_debut(faits: Faits, *, cadre: Cadre, today: date) -> None:
    if faits.debut < PREMIERE_DATE:
        raise DomainError("date_invraisemblable", field="debut")
    if cadre.annee_naissance is not None and faits.debut.year < cadre.annee_naissance + AGE_PREMIERE_ETAPE:
        code = "avant_naissance" if faits.debut.year < cadre.annee_naissance else "trop_jeune"
        raise DomainError(code, field="debut")
    if faits.statut in STATUTS_VECUS and faits.debut > today:
        raise DomainError("debut_futur", field="debut")
    if faits.debut > today + HORIZON:
        raise DomainError("date_invraisemblable", field="debut")


def _check_fin(faits: Faits, *, today: date) -> None:
    over = faits.statut in STATUTS_FINIS
    if over and faits.fin is None:
        raise DomainError("fin_absente", field="fin")
    if not over and faits.fin is not None:
        raise DomainError("fin_sans_statut", field="fin")
    if faits.fin is not None and faits.fin < faits.debut:
        raise DomainError("fin_avant_debut", field="fin")
    if faits.fin is not None and faits.fin > today:
        raise DomainError("fin_future", field="fin")
    if faits.fin_prevue is not None and faits.fin_prevue < faits.debut:
        raise DomainError("fin_avant_debut", field="fin_prevue")
    if faits.fin_prevue is not None and faits.fin_prevue > today + HORIZON:
        raise DomainError("date_invraisemblable", field="fin_prevue")


def _goes_on_after(faits: Faits, clos_le: date) -> bool:
    return faits.statut in STATUTS_OUVERTS | _PREVUE or (faits.statut in STATUTS_FINIS and faits.debut > clos_le)


def check_overlaps(faits: Faits, others: Iterable[EtapeVecue | Faits]) -> None:
    """Refuse two steps that nobody lives at once. `others` are the dossier's, as the accepted proposals leave them.

    A shared day is a passage from one to the other, not an overlap.
    """
    for other in others:
        if StatutEtape.ANNULEE in (faits.statut, other.statut):
            continue
        if other.genre is faits.genre and other.debut == faits.debut:
            raise DomainError("etape_en_double", field="debut", genre=other.genre, debut=other.debut)
        if _exclusive(faits.genre, other.genre) and _overlap(faits, other):
            code = "meme_genre_en_cours" if other.genre is faits.genre else "scolarites_simultanees"
            raise DomainError(code, field="debut", genre=other.genre, debut=other.debut, fin=other.fin)


def _exclusive(genre: GenreEtape, other: GenreEtape) -> bool:
    if genre is other:
        return genre in GENRES_UN_SEUL_A_LA_FOIS
    return genre.famille is Famille.SCOLARITE and other.famille is Famille.SCOLARITE


def _overlap(faits: Faits, other: EtapeVecue | Faits) -> bool:
    if not STATUTS_VECUS.issuperset((faits.statut, other.statut)):
        return False
    begins_before = faits.fin is None or other.debut < faits.fin
    return begins_before and (other.fin is None or faits.debut < other.fin)


def propositions(faits: Faits, others: Iterable[EtapeVecue]) -> list[Proposition]:
    """The open steps that we propose to end on the day when this one begins.

    A décrochage proposes to end the open schooling; what brings back to work or study proposes to end the open
    décrochage, which a chantier, a stage or an accompagnement never does.
    """
    if faits.statut not in STATUTS_VECUS:
        return []
    found = []
    for other in others:
        if other.statut in STATUTS_OUVERTS and other.debut <= faits.debut:
            reason = _reason(faits.genre, other.genre)
            if reason is not None:
                found.append(Proposition(other.id, faits.debut, reason))
    return found


def _reason(genre: GenreEtape, other: GenreEtape) -> Raison | None:
    if genre is GenreEtape.DECROCHAGE and other in GENRES_CLOS_PAR_UN_DECROCHAGE:
        return Raison.DECROCHAGE_COMMENCE
    if genre in GENRES_QUI_CLOSENT_UN_DECROCHAGE and other is GenreEtape.DECROCHAGE:
        return Raison.DECROCHAGE_FINI
    if _exclusive(genre, other) or genre is other is GenreEtape.EMPLOI:
        return Raison.MEME_GENRE
    return None


def ended(etape: EtapeVecue, fin: date) -> Faits:
    """The dates and kind of a step once an accepted proposal has ended it."""
    return Faits(etape.genre, StatutEtape.TERMINEE, etape.debut, fin)
