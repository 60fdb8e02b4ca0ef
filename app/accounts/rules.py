"""What the accounts room decides without looking anything up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum, auto

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from app.accounts.vocabulaire import ROLES_QUI_VOIENT_DES_DOSSIERS, Role
from app.db.errors import DomainError

# securite.md §2
INACTIVITE_MAX = timedelta(minutes=30)
DUREE_MAX = timedelta(hours=10)
RETENUE = timedelta(hours=1)
ANONYME_MAX = timedelta(hours=1)
# a password given less than this ago also covers a change of rights
PREUVE_MAX = timedelta(minutes=15)
# the length of `brouillon.chemin`
CHEMIN_MAX = 200
BROUILLON_MAX = timedelta(days=7)
# how long a saved form answers that it is saved to what was still being sent of it
RENDU_MAX = timedelta(hours=1)
# what one form may hold, in bytes; and how often one agent's forms may send it: each at most every two seconds
BROUILLON_OCTETS_MAX = 256 * 1024
BROUILLON_ENVOIS, BROUILLON_FENETRE = 150, timedelta(minutes=1)


class EtatSession(Enum):
    """What a browser's cookie is worth now."""

    ABSENTE = auto()
    ANONYME = auto()
    OUVERTE = auto()
    VERROUILLEE = auto()
    EXPIREE = auto()


def etat_session(
    *, agent_id: int | None, cree_le: datetime, vue_le: datetime, verrouillee_le: datetime | None, now: datetime
) -> EtatSession:
    """Locked after half an hour without a page, over after ten hours whatever was done."""
    if agent_id is None:
        return EtatSession.ANONYME if now - vue_le < ANONYME_MAX else EtatSession.ABSENTE
    if now - cree_le >= DUREE_MAX:
        return EtatSession.EXPIREE
    if verrouillee_le is not None or now - vue_le >= INACTIVITE_MAX:
        return EtatSession.VERROUILLEE
    return EtatSession.OUVERTE


def preuve_recente(donnee_le: datetime | None, *, now: datetime) -> bool:
    """Whether the password was given recently enough to change rights."""
    return donnee_le is not None and now - donnee_le < PREUVE_MAX


def check_roles(roles: Iterable[Role]) -> frozenset[Role]:
    """An account has a role, and a responsable none that sees dossiers. Raises DomainError on `roles`."""
    chosen = frozenset(roles)
    if not chosen:
        raise DomainError("sans_role", field="roles")
    if Role.RESPONSABLE in chosen and chosen & ROLES_QUI_VOIENT_DES_DOSSIERS:
        raise DomainError("responsable_sans_dossier", field="roles")
    return chosen


def check_telephone(numero: str, *, field: str) -> str:
    """The number of a service as a phone dials it: digits, perhaps after a `+`. DomainError `telephone_de_service`."""
    dialled = re.sub(r"[\s.()-]", "", numero)
    if not re.fullmatch(r"\+?\d{3,15}", dialled, re.ASCII):
        raise DomainError("telephone_de_service", field=field)
    return dialled


def check_courriel(courriel: str, *, field: str = "courriel") -> str:
    """The address as it is stored and compared: lower case, without spaces around. Raises DomainError."""
    try:
        # `test_environment` lets the reserved domain .test in, which no one can own
        found = validate_email(
            courriel.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
        return found.normalized.lower()
    except EmailNotValidError:
        raise DomainError("courriel_invalide", field=field) from None


def local_path(retour: str | None) -> str | None:
    """`retour` when it stays on this site: one slash, then neither slash nor backslash nor control character."""
    if not retour or len(retour) > CHEMIN_MAX or not re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", retour):
        return None
    return retour


def normalise_telephone(text: str) -> str:
    """E.164 (`+33612345678`) from any French or international writing. DomainError `telephone_illisible`."""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        raise DomainError("telephone_illisible", field="telephone") from None
    # possible, not attributed: a numbering plan that is behind must not stop somebody in the street
    if not phonenumbers.is_possible_number(number):
        raise DomainError("telephone_illisible", field="telephone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
