"""How long a journey may wait, and when it may wait again: pure functions, `today` is passed in."""

from __future__ import annotations

from datetime import date, timedelta

from app.db.errors import DomainError


def check_attente(jusqu_au: date, *, au_plus: int, today: date) -> None:
    """From tomorrow to `au_plus` days away. DomainErrors: attente_passee, attente_trop_longue."""
    if jusqu_au <= today:
        raise DomainError("attente_passee", field="jusqu_au")
    if jusqu_au > latest_return(au_plus, today=today):
        raise DomainError("attente_trop_longue", field="jusqu_au")


def latest_return(au_plus: int, *, today: date) -> date:
    """The last day to which a journey may wait."""
    return today + timedelta(days=au_plus)


def check_succession(dernier_jour: date | None, *, dernier_contact: date | None, today: date) -> None:
    """A wait cannot follow itself. `dernier_jour` is the end, excluded, of the last one; `dernier_contact` the last
    contact réussi. DomainErrors: attente_en_cours, attente_sans_contact.
    """
    if dernier_jour is None:
        return
    if dernier_jour > today:
        raise DomainError("attente_en_cours")
    if dernier_contact is None or dernier_contact < dernier_jour:
        raise DomainError("attente_sans_contact")
