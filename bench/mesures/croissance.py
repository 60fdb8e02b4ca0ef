"""Ten times the people: what somebody does every day must hardly cost more."""

from __future__ import annotations

from collections.abc import Callable

from bench.banc import Banc, coordinateur
from bench.chrono import alternate, ms
from bench.generateur import CHARGE
from bench.mesures.ecritures import service_write
from bench.mesures.pages import LISTE
from bench.mesures.recherche import search_call
from bench.rapport import Ligne, at_most

TOURS, PAR_TOUR = 8, 10


def croissance(banc: Banc, petit: Banc) -> list[Ligne]:
    """CPU on both installations, in turns: the same people, the same acts."""
    return [_growth(name, banc, petit) for name in ACTES]


def _growth(name: str, banc: Banc, petit: Banc) -> Ligne:
    make = ACTES[name]
    found = alternate({"large": make(banc), "small": make(petit)}, tours=TOURS, par_tour=PAR_TOUR)
    large, small = found["large"].mediane, found["small"].mediane
    return Ligne(
        f"Growth of {name}",
        f"{ms(large)} at {banc.lieu.taille:,}",
        f"{ms(small)} at {petit.lieu.taille:,}",
        large / small,
        at_most(1.3),
    )


def _search(banc: Banc) -> Callable[[], object]:
    with banc.maison.database.reading() as session:
        return search_call(banc, coordinateur(session))


ACTES: dict[str, Callable[[Banc], Callable[[], object]]] = {
    "*Mes jeunes*": lambda banc: banc.ici.repeat(LISTE),
    "a dossier": lambda banc: banc.ici.repeat(f"/dossiers/{CHARGE}"),
    "a write by the services": service_write,
    "a search among 2,000": _search,
}
