"""What the lines of a file name: structures, territories, agents, looked up once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Agent, Structure
from app.audit.services import Acteur
from app.db.errors import DomainError
from app.jeunes.import_lecture import Ligne
from app.programme.models import Territoire
from app.programme.rules import normalise
from app.programme.services import create_commune


@dataclass(frozen=True, slots=True)
class Structures:
    """Open structures by code; `defaut` is the one that a line without a structure belongs to."""

    par_code: dict[str, int]
    defaut: int | None

    def resolve(self, code: str) -> int:
        try:
            return self.par_code[code.casefold()]
        except KeyError:
            raise DomainError("structure_inconnue", field="structure") from None


def load_structures(session: Session, demandee: str | None) -> Structures:
    """`demandee` is the code asked for; without it a structure that is alone is the default."""
    rows = session.execute(select(Structure.code, Structure.id).where(Structure.fermee_le.is_(None))).all()
    structures = Structures({row.code.casefold(): row.id for row in rows}, rows[0].id if len(rows) == 1 else None)
    return structures if demandee is None else Structures(structures.par_code, structures.resolve(demandee))


def read_structure(ligne: Ligne, structures: Structures) -> int | None:
    """The structure that a line names, else the default; a line that has neither is refused."""
    if ligne.cellules.get("structure") or structures.defaut is None:
        return ligne.require("structure", structures.resolve)
    return structures.defaut


class Territoires:
    """Territories by code, else by name when one alone has it; those that exist nowhere are to be made."""

    def __init__(self, session: Session) -> None:
        self._ids: dict[str, int | None] = {}
        rows = session.execute(select(Territoire.id, Territoire.code, Territoire.nom)).all()
        for row in rows:
            nom = row.nom.casefold()
            self._ids[nom] = None if nom in self._ids else row.id
        self._ids.update({row.code.casefold(): row.id for row in rows})
        self._nouveaux: dict[str, str] = {}

    def note(self, texte: str) -> str:
        """The key of a territory, known or to be made. DomainError when several have that name."""
        nom = normalise(texte)
        cle = nom.casefold()
        if cle not in self._ids:
            self._nouveaux.setdefault(cle, nom)
        elif self._ids[cle] is None:
            raise DomainError("territoire_ambigu", field="territoire")
        return cle

    def id_of(self, cle: str) -> int | None:
        return self._ids.get(cle)

    def nouveaux_de(self, cles: Iterable[str]) -> list[str]:
        """Of these keys, those that have no territory yet, as they were first written."""
        return [self._nouveaux[cle] for cle in sorted(set(cles) - self._ids.keys())]

    def create(self, session: Session, cles: Iterable[str], *, acteur: Acteur, now: datetime) -> None:
        """Make communes of those that do not exist yet."""
        for nom in self.nouveaux_de(cles):
            self._ids[nom.casefold()] = create_commune(session, nom=nom, acteur=acteur, now=now).id


class Referents:
    """Agents by e-mail, as référents."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(select(Agent.courriel, Agent.id, Agent.referent, Agent.desactive_le))
        self._agents = {row.courriel: row for row in rows}

    def resolve(self, courriel: str) -> int:
        agent = self._agents.get(courriel.lower())
        if agent is None:
            raise DomainError("referent_inconnu", field="referent")
        if agent.desactive_le is not None:
            raise DomainError("referent_desactive", field="referent")
        if not agent.referent:
            raise DomainError("pas_referent", field="referent")
        return agent.id


@dataclass(frozen=True, slots=True)
class Auteur:
    """Who imports, for the journal and for what is written."""

    acteur: Acteur
    agent_id: int | None


def load_auteur(session: Session, courriel: str | None) -> Auteur:
    """The agent named, who must have an active account; else the command itself."""
    if courriel is None:
        return Auteur(Acteur.commande(), None)
    agent = session.scalar(select(Agent).where(Agent.courriel == courriel.strip().lower()))
    if agent is None or agent.desactive_le is not None:
        raise DomainError("auteur_inconnu", field="par")
    return Auteur(Acteur.agent(agent.id, agent.structure_id), agent.id)
