"""argon2id, with the parameters of argon2-cffi. Slow on purpose: never inside a transaction that writes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.accounts.rules_mot_de_passe import check_password

_hasher = PasswordHasher()
_CONSONNES, _VOYELLES = "bcdfghjklmnprstvz", "aeiou"


def protect(mot_de_passe: str, *, contexte: Iterable[str] = ()) -> str:
    """The argon2id string to store. Raises DomainError when the password is refused (rules_mot_de_passe)."""
    check_password(mot_de_passe, contexte=contexte)
    return _hasher.hash(mot_de_passe)


def matches(stored: str | None, mot_de_passe: str) -> bool:
    """Whether the password is the stored one; as long when nothing is stored."""
    try:
        return _hasher.verify(stored or _decoy(), mot_de_passe) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def renewed(stored: str, mot_de_passe: str) -> str | None:
    """The string to store instead when argon2's parameters have changed since; else None."""
    return _hasher.hash(mot_de_passe) if _hasher.check_needs_rehash(stored) else None


def propose() -> str:
    """A password easy to say aloud, of some 77 random bits: `kamo-tuve-rila-pose-dunu-leba`."""
    return "-".join("".join(_syllable() + _syllable()) for _ in range(6))


def _syllable() -> str:
    return secrets.choice(_CONSONNES) + secrets.choice(_VOYELLES)


@cache
def _decoy() -> str:
    """What an unknown account is checked against: same parameters, so the same time."""
    return _hasher.hash(secrets.token_urlsafe())
