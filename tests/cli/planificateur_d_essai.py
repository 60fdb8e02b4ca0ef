"""A real scheduler with works of our own: `python -m tests.cli.planificateur_d_essai TRACE INSTANT PAUSE`.

The night writes STEPS rows, one in each transaction, PAUSE seconds apart, each only if it is not there: as our jobs
do, it can be begun again. Every job adds lines to TRACE. The clock starts at INSTANT and runs on. With a fourth word
the night never looks whether it must stop, and is given little time.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime

from sqlalchemy import select

from app import build_maison
from app.accounts.maison import Maison
from app.accounts.models import Structure
from app.accounts.vocabulaire import GenreStructure
from app.alertes.planification import Work, stop_point
from app.alertes.vocabulaire import Tache
from app.cli import planificateur_boucle
from app.cli.planificateur import serve_jobs
from app.config import read_settings

STEPS = 12


def main(trace: str, instant: str, pause: str, deaf: str = "") -> int:
    if deaf:
        planificateur_boucle.GRACE = 0.3
    ahead = datetime.fromisoformat(instant) - datetime.now(UTC)
    maison = build_maison(read_settings(), clock=lambda: datetime.now(UTC) + ahead)

    def say(*words: object) -> None:
        with open(trace, "a", encoding="utf-8") as file:
            file.write(" ".join(map(str, (os.getpid(), *words))) + "\n")

    def night(maison: Maison, creneau: str) -> str:
        say("nuit", creneau, "debut")
        for number in range(STEPS):
            if not deaf:
                stop_point()
            with maison.database.writing() as session:
                code = f"{creneau}-{number}"
                if session.scalar(select(Structure.id).where(Structure.code == code)) is None:
                    session.add(Structure(code=code, nom=code, genre=GenreStructure.MISSION_LOCALE))
                    say("effet", code)
            time.sleep(float(pause))
        say("nuit", creneau, "fin")
        return f"ecrites={STEPS}"

    def other(tache: Tache) -> Work:
        def work(maison: Maison, creneau: str) -> str:
            say(tache.value, creneau, "fin")
            return ""

        return work

    works = {tache: other(tache) for tache in Tache} | {Tache.NUIT: night}
    return serve_jobs(maison, works, battement=0.2)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
