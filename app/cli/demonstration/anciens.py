"""Those whose follow-up is over come as an old file would: through the import."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from random import Random

from app.cli.demonstration import decor
from app.cli.demonstration.chargement import GRAINE, Personne
from app.parcours.vocabulaire import Sexe, StatutEtape

DOSSIERS = (
    "reference", "structure", "sexe", "annee_naissance", "territoire", "ouvert_le", "prenom", "nom",
    "date_naissance", "telephone", "referent", "clos_le", "motif_sortie",
)  # fmt: skip
ETAPES = ("reference", "structure", "type", "statut", "debut", "fin", "issue", "contrat", "niveau_vise", "heures",
          "precisions")  # fmt: skip


def dossiers_csv(people: Iterable[Personne]) -> bytes:
    """One line per person, as `parcours import dossiers` reads it."""
    return _csv(DOSSIERS, (_dossier(person) for person in people))


def etapes_csv(people: Iterable[Personne]) -> bytes:
    """One line per step; those still open on the day of the closing end on it."""
    return _csv(ETAPES, (line for person in people for line in _etapes(person)))


def _csv(columns: tuple[str, ...], lines: Iterable[dict[str, object]]) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, columns, delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def _reference(person: Personne) -> str:
    return f"D-{person.numero:04}"


def _dossier(person: Personne) -> dict[str, object]:
    random = Random(GRAINE + person.numero)  # noqa: S311
    histoire = person.histoire
    pool = decor.PRENOMS_FEMININS if person.sexe is Sexe.FEMME else decor.PRENOMS_MASCULINS
    comptes = [compte for compte in decor.COMPTES if compte.structure == person.structure and compte.part]
    return {
        "reference": _reference(person),
        "structure": person.structure,
        "sexe": person.sexe.value,
        "annee_naissance": person.naissance.year,
        "territoire": random.choice([*decor.TERRITOIRES, decor.HORS_QPV])[0],
        "ouvert_le": histoire.ouvert_le.isoformat(),
        "prenom": random.choice(pool),
        "nom": random.choice(decor.NOMS),
        "date_naissance": person.naissance.isoformat(),
        "telephone": f"06 39 98 {random.randrange(100):02} {random.randrange(100):02}",
        "referent": random.choice(comptes).courriel,
        "clos_le": histoire.clos_le.isoformat(),
        "motif_sortie": histoire.motif.value,
    }


def _etapes(person: Personne) -> Iterable[dict[str, object]]:
    for pas in person.histoire.etapes:
        going_on = pas.fin is None
        yield {
            "reference": _reference(person),
            "structure": person.structure,
            "type": pas.genre.value,
            "statut": StatutEtape.TERMINEE.value if going_on else pas.statut.value,
            "debut": pas.debut.isoformat(),
            "fin": (max(pas.debut, person.histoire.clos_le) if going_on else pas.fin).isoformat(),
            "issue": pas.issue.value if pas.issue else "",
            "contrat": pas.contrat.value if pas.contrat else "",
            "niveau_vise": pas.niveau_vise.value if pas.niveau_vise else "",
            "heures": "" if pas.heures is None else pas.heures,
            "precisions": pas.precisions,
        }
