"""What is asked with one tap, and when: pure functions, `today` is passed in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from app.db.errors import DomainError
from app.parcours.rules import months_later
from app.parcours.vocabulaire import GenreEtape, MotifSortie
from app.parcours.vocabulaire_actes import ObjetVerification, ReponseVerification

# Which checks there are of each object, in months after its day.
MOIS: dict[ObjetVerification, tuple[int, ...]] = {
    ObjetVerification.SITUATION: (),
    ObjetVerification.RACCROCHAGE: (6,),
    ObjetVerification.SORTIE: (3, 6, 12),
}
# Nobody is there to be asked about.
MOTIFS_SANS_VERIFICATION = frozenset({MotifSortie.DECES, MotifSortie.DOUBLON_ERREUR})
# An unanswered check after the exit gives way to the next one; the last is asked for so many months.
ATTENTE_DERNIERE_VERIFICATION = 6
# What was said of a situation within so many days is not asked about again when an exchange is noted.
DITE_RECEMMENT = 30
# What somebody may have become: the kinds that decide a situation.
GENRES_POSSIBLES = tuple(genre for genre in GenreEtape if genre.rang is not None)


def check_reponse(objet: ObjetVerification, mois: int | None, reponse: ReponseVerification, genre: object) -> None:
    """What may be answered to what. DomainErrors: mois_inconnu, reponse_impossible, genre_absent, genre_de_trop."""
    if (mois is None) != (objet is ObjetVerification.SITUATION) or (mois is not None and mois not in MOIS[objet]):
        raise DomainError("mois_inconnu")
    if objet is ObjetVerification.SITUATION and reponse is not ReponseVerification.TOUJOURS_EN_PLACE:
        # a situation that changed is a step to write
        raise DomainError("reponse_impossible")
    if genre is None and reponse is ReponseVerification.CHANGEE:
        raise DomainError("genre_absent", field="genre")
    if genre is not None and reponse is not ReponseVerification.CHANGEE:
        raise DomainError("genre_de_trop", field="genre")


def check_motif(motif: MotifSortie | None) -> None:
    """No check after some exits. DomainError: sans_verification."""
    if motif in MOTIFS_SANS_VERIFICATION:
        raise DomainError("sans_verification")


def check_echeance(repere: date, mois: int | None, *, today: date) -> None:
    """A check is answered from its day on. DomainError: verification_trop_tot."""
    if mois is not None and today < months_later(repere, mois):
        raise DomainError("verification_trop_tot")


def confirmed_on(situation_depuis: date, confirmee_le: date | None) -> date | None:
    """The last day on which the present situation was confirmed; None: not since it began."""
    return confirmee_le if confirmee_le is not None and confirmee_le >= situation_depuis else None


def worth_confirming(situation_depuis: date, confirmee_le: date | None, *, ouvert_le: date, today: date) -> bool:
    """Whether an exchange is the occasion to ask if it is still so: nobody said it of late, nor opened the dossier."""
    said = max(confirmed_on(situation_depuis, confirmee_le) or situation_depuis, ouvert_le)
    return today >= said + timedelta(days=DITE_RECEMMENT)


def questions(
    reperes: Mapping[ObjetVerification, date | None],
    *,
    ouvert_le: date,
    cree_le: date,
    motif: MotifSortie | None,
    answered: Collection[tuple[ObjetVerification, date, int | None]],
    today: date,
) -> Iterator[tuple[ObjetVerification, int, date]]:
    """The dated checks that wait for an answer today: (object, months, day that it is about), as the alerts ask them.

    A return is asked about when its day fell while the dossier was open; an exit, when it was written here.
    `cree_le` is the day on which the dossier was written.
    """
    for objet, repere in reperes.items():
        mois = None if repere is None else _waiting_now(objet, repere, today)
        if repere is None or mois is None or (objet, repere, mois) in answered:
            continue
        if objet is ObjetVerification.RACCROCHAGE and months_later(repere, mois) < ouvert_le:
            continue
        if objet is ObjetVerification.SORTIE and (motif in MOTIFS_SANS_VERIFICATION or repere < cree_le):
            continue
        yield objet, mois, repere


def _waiting_now(objet: ObjetVerification, repere: date, today: date) -> int | None:
    """The last check whose day has come, unless its time is over."""
    come = [mois for mois in MOIS[objet] if months_later(repere, mois) <= today]
    if not come:
        return None
    over = objet is ObjetVerification.SORTIE and come[-1] == MOIS[objet][-1]
    if over and months_later(repere, come[-1] + ATTENTE_DERNIERE_VERIFICATION) <= today:
        return None
    return come[-1]
