"""A file of dossiers, checked whole against the database before anything is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sqlalchemy.orm import Session

from app.jeunes.import_dossiers_existants import differences, existing
from app.jeunes.import_dossiers_lignes import CONNUES, REQUISES, LigneDossier, Reperes, read_lines
from app.jeunes.import_lecture import Defauts, read_table
from app.jeunes.import_reperes import Referents, Territoires, load_structures
from app.vault.service import Vault

LOT = 5_000


@dataclass(slots=True)
class Plan:
    """What the file would do: nothing at all as soon as there is one `defaut`."""

    territoires: Territoires
    defauts: Defauts = field(default_factory=Defauts)
    a_ecrire: list[LigneDossier] = field(default_factory=list)
    deja: int = 0

    @property
    def communes(self) -> list[str]:
        """The territories that nobody knew, to be made as communes."""
        return self.territoires.nouveaux_de(ligne.territoire for ligne in self.a_ecrire)


def check(session: Session, vault: Vault, contenu: bytes, *, structure: str | None, today: date) -> Plan:
    """Read the whole file against the database. Raises FichierRefuse; what is wrong in lines is in the plan.

    `structure` is the code that fills a missing column; without it a structure that is alone does.
    """
    fichier = read_table(contenu, connues=CONNUES, requises=REQUISES)
    reperes = Reperes(load_structures(session, structure), Territoires(session), Referents(session), today)
    plan = Plan(reperes.territoires)
    lignes = iter(read_lines(fichier, reperes, plan.defauts))
    while lot := list(islice(lignes, LOT)):
        _compare(session, vault, lot, colonnes=fichier.colonnes, plan=plan)
    return plan


def _compare(session: Session, vault: Vault, lot: list[LigneDossier], *, colonnes: Collection[str], plan: Plan) -> None:
    """Set aside the lines that are there already, refuse those that are there with other values."""
    trouves = existing(session, vault, lot, colonnes=colonnes)
    for ligne in lot:
        dossier = trouves.get((ligne.structure_id, ligne.reference))
        if dossier is None:
            plan.a_ecrire.append(ligne)
        elif autres := differences(ligne, dossier, colonnes=colonnes, territoires=plan.territoires):
            plan.defauts.add(ligne.numero, "reference", "deja_autrement", colonnes=autres)
        else:
            plan.deja += 1
