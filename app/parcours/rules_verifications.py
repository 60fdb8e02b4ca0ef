"""What is asked with one tap, and when: pure functions, `today` is passed in."""

from __future__ import annotations

from datetime import date

from app.db.errors import DomainError
from app.parcours.rules import month_index
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
    """A check is answered from the month in which it comes. DomainError: verification_trop_tot."""
    if mois is not None and not has_come(repere, mois, today=today):
        raise DomainError("verification_trop_tot")


def has_come(repere: date, mois: int, *, today: date) -> bool:
    return month_index(today) - month_index(repere) >= mois
