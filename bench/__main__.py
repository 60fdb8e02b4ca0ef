"""`python -m bench`: measure on this machine, print the table, keep it in `bench/results`."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

from bench import machine
from bench.banc import Banc, in_service
from bench.generateur import ready, say
from bench.lieux import TAILLES, Lieu, copied, folder
from bench.mesures.alertes import alertes
from bench.mesures.cohortes import cohortes
from bench.mesures.croissance import croissance
from bench.mesures.ecritures import transaction
from bench.mesures.formulaires import formulaire
from bench.mesures.imports import imports
from bench.mesures.pages import dossier, mes_jeunes
from bench.mesures.recherche import recherche
from bench.pair.service import Pair, start
from bench.rapport import Ligne, markdown

AVEC_PAIR = {"mes-jeunes": mes_jeunes, "suivi": formulaire}
SEULES = {
    "dossier": dossier,
    "transaction": transaction,
    "alertes": alertes,
    "recherche": recherche,
    "import": imports,
    "cohortes": cohortes,
}
CROISSANCE = "croissance"
NOMS = ("mes-jeunes", "dossier", "suivi", "transaction", "alertes", "recherche", "import", "cohortes", CROISSANCE)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--taille", type=int, choices=TAILLES, default=60_000, help="people (60000)")
    parser.add_argument("--moteur", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seulement", choices=NOMS, action="append", metavar="NOM", help=f"one of {', '.join(NOMS)}")
    return parser.parse_args(given)


def main() -> None:
    options = arguments()
    # a refused form is an answer here, not an incident
    logging.disable(logging.INFO)
    lieu = ready(Lieu(options.taille, options.moteur, folder()))
    with _opened(lieu) as banc:
        entete = machine.describe(lieu, banc.maison)
        print("\n".join(entete), flush=True)
        lignes = list(measured(banc, options.seulement or NOMS))
    report = markdown(entete, lignes)
    place = folder() / f"{lieu.nom}.md"
    place.write_text(report)
    print(f"\n{report}\n{place}")


def measured(banc: Banc, noms: Sequence[str]) -> Iterator[Ligne]:
    """The lines of these measures, in their order."""
    pair: Pair | None = None
    for nom in (nom for nom in NOMS if nom in noms):
        began = monotonic()
        if nom in AVEC_PAIR:
            pair = pair or start(banc)
            yield from AVEC_PAIR[nom](banc, pair)
        elif nom == CROISSANCE:
            yield from _grown(banc)
        else:
            yield from SEULES[nom](banc)
        say(f"  {nom}: {monotonic() - began:.0f} s")


def _grown(banc: Banc) -> Iterator[Ligne]:
    smaller = [taille for taille in TAILLES if taille < banc.lieu.taille]
    if smaller:
        lieu = replace(banc.lieu, taille=smaller[-1], suffixe="")
        with _opened(ready(lieu)) as petit:
            yield from croissance(banc, petit)


@contextmanager
def _opened(lieu: Lieu) -> Iterator[Banc]:
    """A copy of the installation, in service."""
    with copied(lieu) as copy, in_service(copy) as banc:
        yield banc


if __name__ == "__main__":
    main()
