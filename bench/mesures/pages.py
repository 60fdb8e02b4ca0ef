"""What a page costs: *Mes jeunes* against a floor and a peer, a heavy dossier against a light one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import cycle

from bench import plancher
from bench.banc import Banc, referent, referents, signed_in
from bench.chrono import Durees, alternate, ms
from bench.generateur import CHARGE, LEGER
from bench.navigateur import Navigateur
from bench.pair.service import Pair
from bench.rapport import Ligne, at_most

LISTE = "/mes-jeunes?par=100"
TOURS, PAR_TOUR = 18, 18
# More people than a worker remembers the words of: each of these pages is computed anew.
TOURNANTS = 90
PAIRS = 20
_CODE = re.compile(r'href="/dossiers/([A-Z0-9]{3}-[A-Z0-9]{3})"')


class NotTheSame(AssertionError):
    """The peer does not show the same people in the same order: there is nothing to compare."""


def mes_jeunes(banc: Banc, pair: Pair) -> list[Ligne]:
    """CPU of a request, in one process and in turns: the page, the same page in Django, the floors."""
    with banc.maison.database.reading() as session:
        agent, many = referent(session), referents(session, TOURNANTS)
    floor = Navigateur(plancher.floor_app(banc.maison.database.engines.read, agent_id=agent.id))
    others = [signed_in(banc.app, other.courriel) for other in many]
    peers = [pair.browser(other) for other in many[:PAIRS]]
    _compare(banc.ici, peers[0])
    found = alternate(
        {
            "page": turning(others, LISTE),
            "again": banc.ici.repeat(LISTE),
            "django": turning(peers, LISTE),
            "django, no name": turning(peers, "/mes-jeunes-sans-nom?par=100"),
            "floor": floor.repeat("/cent"),
            "hello": floor.repeat("/"),
        },
        tours=TOURS,
        par_tour=PAR_TOUR,
        rares=("django", "django, no name", "again"),
    )
    return [*_against(found), *_tail(found["page"], found["again"])]


def _compare(ici: Navigateur, peer: Navigateur) -> None:
    ours, theirs = (_CODE.findall(browser.get(LISTE)) for browser in (ici, peer))
    if ours != theirs:
        raise NotTheSame(f"{len(ours)} people here, {len(theirs)} there")


def turning(browsers: Sequence[Navigateur], path: str) -> Callable[[], bytes]:
    """A call that asks for a page as each of these people in turn."""
    calls = cycle([browser.repeat(path) for browser in browsers])
    return lambda: next(calls)()


def _against(found: dict[str, Durees]) -> list[Ligne]:
    page, again = found["page"].mediane, found["again"].mediane

    def line(travail: str, cost: float, name: str, what: str, limit: float | None) -> Ligne:
        other = found[name].mediane
        budget = None if limit is None else at_most(limit)
        return Ligne(travail, ms(cost), f"{what}: {ms(other)}", cost / other, budget)

    title = "*Mes jeunes*, 100 rows, everything shown"
    return [
        line(title, page, "django", "Django ORM and template, names opened by the same vault", 0.333),
        line(title, page, "django, no name", "Django, no name opened, no journal of access", None),
        line(title, page, "floor", "Flask + the columns of 100 rows in plain SQL + Jinja", 4),
        line(title, page, "hello", "Flask hello + 1 statement + Jinja, one value", None),
        line("The same page again by the same person", again, "django", "the same Django page", None),
    ]


def _tail(page: Durees, again: Durees) -> list[Ligne]:
    return [
        Ligne(
            f"*Mes jeunes*, p99 / p50 of {len(page.cpu)} requests",
            f"CPU; {page.queue_mur:.2f} × of the wall",
            "itself",
            page.queue,
            at_most(2),
        )
    ]


def dossier(banc: Banc) -> list[Ligne]:
    """The page of a young person: its cost must hardly follow the length of the history."""
    found = alternate({code: banc.ici.repeat(f"/dossiers/{code}") for code in (CHARGE, LEGER)}, tours=10, par_tour=15)
    heavy, light = found[CHARGE].mediane, found[LEGER].mediane
    return [
        Ligne(
            "A dossier of 30 steps and 300 follow-ups",
            ms(heavy),
            f"one of 3 and 30: {ms(light)}",
            heavy / light,
            at_most(1.3),
        )
    ]
