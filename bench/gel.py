"""`python -m bench.gel DOSSIER TAILLE MILLESIME`: one freeze in a process of its own, so that its memory is its own.

Prints a line of JSON: seconds of the whole and of the one read of everybody; MiB at the highest.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import build_maison
from app.audit.services import Acteur
from app.cohortes.models import Cellule, Ensemble, Publication
from app.cohortes.queries_observations import observe
from app.cohortes.services_figer import Gele, Suivi, freeze
from bench.foule import SUFFIXE
from bench.lieux import Lieu, ticking


def main(dossier: str, taille: str, millesime: str) -> None:
    lieu = Lieu(int(taille), "sqlite", Path(dossier), SUFFIXE)
    maison = build_maison(lieu.settings(), clock=ticking())

    def avance(millesime: int, faits: int, total: int) -> None:
        print(f"{faits} / {total}", file=sys.stderr, flush=True)

    gele = Gele(maison.database, Acteur.commande(), ticking(), nobody, Suivi(avance=avance))
    began, cpu = perf_counter(), process_time()
    freeze(gele, jusqua=int(millesime))
    found = {"mur": perf_counter() - began, "cpu": process_time() - cpu}
    with maison.database.reading() as session:
        names = {"publications": Publication, "cellules": Cellule, "ensembles": Ensemble}
        found |= {name: session.scalar(select(func.count()).select_from(table)) for name, table in names.items()}
        found["cohortes"] = session.scalar(select(func.count(func.distinct(Publication.cle))))
        began = perf_counter()
        observe(session, millesime=int(millesime), arretes=nobody)
        found["lecture"] = perf_counter() - began
    found["memoire"] = peak()
    maison.database.engines.dispose()
    print(json.dumps(found))


def peak() -> float:
    """MiB. `getrusage` would count what the process that started this one held."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def nobody(session: Session) -> Iterator[int]:
    return iter(())


if __name__ == "__main__":
    main(*sys.argv[1:])
