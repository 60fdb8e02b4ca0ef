"""Every part of a cohort's page, in its order."""

from __future__ import annotations

from app.cohortes.forms_tableaux import Releves, Volet
from app.cohortes.forms_volets_comptes import (
    contacts,
    durees,
    immobiles,
    premiere_etape,
    raccrochages,
    sorties,
)
from app.cohortes.forms_volets_temps import delais, flux_volets, situations, transitions

_MAKERS = (
    situations,
    flux_volets,
    delais,
    raccrochages,
    sorties,
    premiere_etape,
    contacts,
    durees,
    transitions,
    immobiles,
)


def volets(releves: Releves) -> list[Volet]:
    """Those that the ledger has something for."""
    return [volet for make in _MAKERS for volet in make(releves)]
