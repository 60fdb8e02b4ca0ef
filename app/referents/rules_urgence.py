"""What is decided about urgencies without looking anything up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.db.errors import DomainError
from app.referents.vocabulaire_urgence import REPONSES_FINALES, ReponseUrgence

# How many times an agent may ask for somebody, in how long: more would look for who is followed.
ENVOIS = 10
FENETRE = timedelta(hours=1)
# How long one that ended stays in sight: of who sent it, and of those whom a colleague answered for.
ENVOIS_MONTRES = timedelta(days=7)
REPONDUES_MONTREES = timedelta(days=2)
# What was passed on and not taken for so long waits for everybody again.
REPRISE = timedelta(hours=1)
# An e-mail about an urgency of the day before says nothing to anybody.
COURRIEL_JUSQU_A = timedelta(hours=12)
LONGUEUR_MOTS = 1000


def check_answer(current: ReponseUrgence | None, reponse: ReponseUrgence, *, vers: int | None) -> None:
    """What may be answered now. DomainErrors: urgence_deja_prise, transmis_a_absent, transmis_a_de_trop."""
    if current in REPONSES_FINALES:
        raise DomainError("urgence_deja_prise")
    if vers is None and reponse is ReponseUrgence.TRANSMIS:
        raise DomainError("transmis_a_absent", field="vers")
    if vers is not None and reponse is not ReponseUrgence.TRANSMIS:
        raise DomainError("transmis_a_de_trop", field="vers")


def may_withdraw(reponse: ReponseUrgence | None, retiree_le: datetime | None) -> bool:
    """Whether who sent it may take it back: nobody answered for good, and they did not already."""
    return retiree_le is None and reponse not in REPONSES_FINALES


def told(reponses: list[ReponseUrgence | None]) -> ReponseUrgence | None:
    """What who sent it reads, of all whom it reached: an answer that ends it outweighs one that passes it on."""
    said = [reponse for reponse in ReponseUrgence if reponse in reponses]
    return said[0] if said else None
