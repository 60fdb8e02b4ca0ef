"""The search: every name that one may see is opened and compared, so it costs what one may see."""

from __future__ import annotations

from collections.abc import Callable

from app.accounts.models import Agent
from app.jeunes.queries import search, visible_rows
from bench.banc import Banc, coordinateur, referent
from bench.chrono import alternate, ms, us
from bench.rapport import Ligne

TEXTE = "rousso"
TOURS = 5


def search_call(banc: Banc, agent: Agent, texte: str = TEXTE) -> Callable[[], list[int]]:
    def call() -> list[int]:
        with banc.maison.database.reading() as session:
            return search(session, banc.maison.vault, agent=agent, texte=texte, today=banc.today)

    return call


def recherche(banc: Banc) -> list[Ligne]:
    with banc.maison.database.reading() as session:
        agents = {"coordinateur": coordinateur(session), "référent": referent(session)}
        seen = {role: len(visible_rows(session, agent=agent, today=banc.today)) for role, agent in agents.items()}
    calls = {role: search_call(banc, agent) for role, agent in agents.items()}
    found = alternate(calls, tours=TOURS, par_tour=6)
    return [
        Ligne(
            f"Search by a {role} who sees {seen[role]:,} people",
            f"{ms(found[role].mediane)} of CPU",
            f"{us(found[role].mediane / seen[role])} a person",
        )
        for role in agents
    ]
