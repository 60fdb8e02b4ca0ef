"""Throttles: so many attempts under one key in one window, whoever shares the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.models import Freinage
from app.db.sql import insert_or

_KEPT = timedelta(days=2)


def throttle_key(pseudonymise: Callable[[str], bytes], kind: str, value: str) -> bytes:
    """32 keyed bytes: an address of the network has too few values for a plain hash to hide it."""
    return pseudonymise(f"freinage:{kind}:{value}")


def hit(session: Session, key: bytes, *, limit: int, window: timedelta, now: datetime) -> bool:
    """Count one attempt; False when there have been more than `limit` in this window.

    Windows are fixed: they begin at whole multiples of `window` since 1970.
    """
    first = insert_or(session, Freinage).values(cle=key, fenetre=_window_start(now, window), compte=1)
    counted = first.on_conflict_do_update(
        index_elements=[Freinage.cle, Freinage.fenetre], set_={"compte": Freinage.compte + 1}
    ).returning(Freinage.compte)
    return session.execute(counted).scalar_one() <= limit


def forget(session: Session, key: bytes) -> None:
    """The attempts under this key no longer count."""
    session.execute(delete(Freinage).where(Freinage.cle == key))


def sweep(session: Session, now: datetime) -> None:
    session.execute(delete(Freinage).where(Freinage.fenetre < now - _KEPT))


def _window_start(now: datetime, window: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return now - (now - epoch) % window
