"""Opening the house for a command, and closing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app import build_maison
from app.accounts.maison import Maison
from app.config import ConfigurationError, Settings, read_settings
from app.db import migrations

SANS_CLES = "Cette commande a besoin des clés : lancez-la sans PARCOURS_SANS_CLES, là où elles sont."


@contextmanager
def open_maison(settings: Settings | None = None) -> Iterator[Maison]:
    """The house at its current revision. Raises ConfigurationError with the sentence to show."""
    maison = build_maison(settings or read_settings())
    try:
        require_current(maison)
        yield maison
    finally:
        maison.database.engines.dispose()


def require_keys(settings: Settings) -> None:
    """For a command that would do half its work before it missed them."""
    if settings.sans_cles:
        raise ConfigurationError(SANS_CLES)


def require_current(maison: Maison) -> None:
    here, head = migrations.revisions(maison.database.engines.read)
    if here != head:
        raise ConfigurationError(
            f"La base de données est à la révision {here or 'vide'}, ce programme attend {head} : "
            "lancez « parcours init », qui la met à jour sans rien perdre."
        )
