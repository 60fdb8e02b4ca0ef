"""People and files to act on, made through the same services as the pages where there is one.

Every function takes an open writing session first. Names are invented.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from uuid import uuid4

from sqlalchemy.orm import Session

from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import GenreStructure, Role
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from tests.conftest import NOW

_numbers = count(1)
TODAY = date(2026, 3, 17)


def make_structure(session: Session, *, genre: GenreStructure = GenreStructure.MISSION_LOCALE) -> Structure:
    number = next(_numbers)
    structure = Structure(code=f"S{number}", nom=f"Structure {number}", genre=genre)
    session.add(structure)
    session.flush()
    return structure


def make_agent(session: Session, structure: Structure, *roles: Role, mot_de_passe: str | None = None) -> Agent:
    """An active agent; référent when no role is given."""
    number = next(_numbers)
    agent = Agent(
        courriel=f"agent{number}@exemple.test",
        prenom=f"Prénom{number}",
        nom=f"Nom{number}",
        structure_id=structure.id,
        mot_de_passe=mot_de_passe,
        cree_le=NOW,
        **{role.value: True for role in roles or (Role.REFERENT,)},
    )
    agent.structure = structure
    session.add(agent)
    session.flush()
    return agent


def make_territoire(session: Session, *, genre: GenreTerritoire = GenreTerritoire.QPV) -> Territoire:
    number = next(_numbers)
    generation = {GenreTerritoire.QPV: 2024, GenreTerritoire.QVA: 2015}.get(genre)
    territoire = Territoire(code=f"QN{number:05}", nom=f"Quartier {number}", genre=genre, generation=generation)
    session.add(territoire)
    session.flush()
    return territoire


def make_dossier(session: Session, maison, structure: Structure, *, referent: Agent | None = None, **values):
    """An open dossier with its key and, when given, its référent; `values` go to `open_dossier`."""
    from app.audit.services import Acteur
    from app.parcours import services_dossiers
    from app.referents.services import assign
    from app.referents.vocabulaire import MotifAffectation

    uid = uuid4()
    maison.vault.create_key(uid)
    given = {"territoire_id": None, "ouvert_le": date(2026, 1, 5), "annee_naissance": 2008} | values
    if given["territoire_id"] is None:
        given["territoire_id"] = make_territoire(session).id
    common = {"acteur": Acteur.commande(), "now": NOW, "today": TODAY}
    dossier = services_dossiers.open_dossier(
        session, structure_id=structure.id, par=referent, uid=uid, **given, **common
    )
    if referent is not None:
        motif = MotifAffectation.PREMIERE_AFFECTATION
        assign(session, dossier, to=referent, par=referent, motif=motif, **common)
    return dossier
