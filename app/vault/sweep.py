"""Removing the keys whose dossier was never written: a key is committed before its data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from app.vault.errors import SuspiciousSweep
from app.vault.models import CleDossier
from app.vault.queries import among
from app.vault.service import Vault

# Longer than any import between its keys and its data.
GRACE = timedelta(hours=24)
# An interrupted import leaves one batch of orphans at most.
LARGEST = 5_000


def sweep(vault: Vault, *, known_uids: Iterable[UUID], now: datetime) -> int:
    """Remove keys without a dossier older than 24 h; gives their number.

    Raises SuspiciousSweep, and removes nothing, when no dossier is known or too many keys are orphans: the
    data base is then probably a wrong or an old one, and these keys may be the only ones there are.
    """
    query = select(CleDossier.dossier_uid).where(CleDossier.creee_le < now - GRACE)
    with vault.reading.connect() as connection:
        old = set(connection.scalars(query))
    known = set(known_uids)
    orphans = old - known
    if orphans and (not known or len(orphans) > LARGEST):
        raise SuspiciousSweep(len(orphans))
    if orphans:
        with vault.store.begin() as connection:
            concerned = among(CleDossier.dossier_uid, list(orphans), connection.dialect)
            connection.execute(delete(CleDossier).where(concerned))
    return len(orphans)
