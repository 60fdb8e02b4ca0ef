"""Verbs on accounts and structures. Passwords arrive already protected: argon2 never runs in a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.accounts import queries, sessions
from app.accounts.models import Agent, Installation, Structure
from app.accounts.rules import check_courriel, check_roles, check_telephone, normalise_telephone
from app.accounts.vocabulaire import GenreStructure, Role
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError, StaleVersion

Crip = Mapping[str, str] | None


def prepare_installation(session: Session, *, now: datetime) -> None:
    """Say what this database is, and make its first structure; done twice, it changes nothing."""
    if session.get(Installation, 1) is None:
        session.add(Installation(id=1, cree_le=now))
    if not session.scalar(select(exists(select(Structure.id)))):
        session.add(Structure(code="PRINCIPALE", nom="Structure principale", genre=GenreStructure.AUTRE))
    session.flush()


def create_agent(
    session: Session,
    *,
    courriel: str,
    prenom: str,
    nom: str,
    structure_id: int,
    roles: Iterable[Role],
    mot_de_passe: str | None,
    acteur: Acteur,
    now: datetime,
    telephone: str = "",
) -> Agent:
    """Open an account. `mot_de_passe` comes from `passwords.protect`; None: they cannot sign in yet.

    Raises DomainError: `courriel_invalide`, `courriel_pris`, `telephone_illisible`, `sans_role`,
    `responsable_sans_dossier`, `structure_fermee`, `nom_manquant`.
    """
    agent = Agent(cree_le=now, mot_de_passe=mot_de_passe)
    structure, number = _open_structure(session, structure_id), _number(telephone)
    _describe(session, agent, courriel=courriel, prenom=prenom, nom=nom, roles=roles)
    agent.telephone = number
    agent.structure = structure
    session.add(agent)
    session.flush()
    _record(session, Action.AGENT_CREE, f"agent:{agent.id}", acteur=acteur, now=now)
    return agent


def edit_agent(
    session: Session,
    agent: Agent,
    *,
    version: int,
    courriel: str,
    prenom: str,
    nom: str,
    structure_id: int,
    roles: Iterable[Role],
    acteur: Acteur,
    now: datetime,
    telephone: str | None = None,
) -> None:
    """Change an account read by `queries.agent_to_change`; when its rights change, it signs in again.

    `telephone`: None leaves it as it is.

    Raises DomainError as `create_agent`, and `dernier_administrateur`; StaleVersion.
    """
    _check_version(agent, version)
    before = agent.roles, agent.structure_id
    chosen = check_roles(roles)
    if Role.ADMINISTRATEUR not in chosen:
        _keep_an_administrator(session, agent)
    structure = agent.structure if structure_id == agent.structure_id else _open_structure(session, structure_id)
    number = agent.telephone if telephone is None else _number(telephone)
    _describe(session, agent, courriel=courriel, prenom=prenom, nom=nom, roles=chosen)
    agent.telephone = number
    agent.structure, agent.structure_id = structure, structure_id
    agent.version += 1
    session.flush()
    if before != (agent.roles, agent.structure_id):
        sessions.close_all(session, agent.id)
    _record(session, Action.AGENT_MODIFIE, f"agent:{agent.id}", acteur=acteur, now=now)


def disable_agent(session: Session, agent: Agent, *, acteur: Acteur, now: datetime) -> None:
    """Nobody signs in with this account any more, and every browser where it is open is signed out.

    Their dossiers keep them as référent and show as to be handed over. Raises DomainError: `dernier_administrateur`.
    """
    if agent.desactive_le is not None:
        return
    _keep_an_administrator(session, agent)
    agent.desactive_le = now
    agent.version += 1
    sessions.close_all(session, agent.id)
    _record(session, Action.AGENT_DESACTIVE, f"agent:{agent.id}", acteur=acteur, now=now)


def enable_agent(session: Session, agent: Agent, *, acteur: Acteur, now: datetime) -> None:
    """Open a disabled account again, with the password it had. Raises DomainError: `structure_fermee`."""
    if agent.desactive_le is None:
        return
    _open_structure(session, agent.structure_id)
    agent.desactive_le = None
    agent.version += 1
    _record(session, Action.AGENT_MODIFIE, f"agent:{agent.id},reactive", acteur=acteur, now=now)


def change_password(session: Session, agent: Agent, *, mot_de_passe: str, acteur: Acteur, now: datetime) -> None:
    """Put a password that `passwords.protect` made, and sign the agent out of every browser."""
    agent.mot_de_passe = mot_de_passe
    sessions.close_all(session, agent.id)
    _record(session, Action.AGENT_MODIFIE, f"agent:{agent.id},mot_de_passe", acteur=acteur, now=now)


def choose_morning_email(session: Session, agent: Agent, *, voulu: bool, acteur: Acteur, now: datetime) -> None:
    """Whether `agent` receives the e-mail of their alerts; said twice, it changes nothing."""
    if agent.courriel_matin == voulu:
        return
    # not an edit of the account: whoever has its form open may still save it
    agent.courriel_matin = voulu
    said = "oui" if voulu else "non"
    _record(session, Action.PREFERENCE_MODIFIEE, f"courriel_matin:{said}", acteur=acteur, now=now)


def choose_telephone(session: Session, agent: Agent, *, telephone: str, acteur: Acteur, now: datetime) -> None:
    """The number at which `agent` is reached at work; empty: none. DomainError: `telephone_illisible`."""
    number = _number(telephone)
    if agent.telephone == number:
        return
    agent.telephone = number
    _record(session, Action.PREFERENCE_MODIFIEE, "telephone", acteur=acteur, now=now)


def _number(telephone: str) -> str | None:
    return normalise_telephone(telephone) if telephone.strip() else None


def record_sign_in(session: Session, agent: Agent, *, mot_de_passe: str | None, now: datetime) -> None:
    """Note that an agent signed in; `mot_de_passe`: what to store instead, when argon2's parameters changed.

    Raises DomainError: `compte_desactive`, when it was disabled while its password was being checked.
    """
    if agent.desactive_le is not None:
        raise DomainError("compte_desactive")
    agent.derniere_connexion = now
    if mot_de_passe is not None:
        agent.mot_de_passe = mot_de_passe
    sessions.sweep(session, now)
    _record(session, Action.CONNEXION, None, acteur=Acteur.agent(agent.id, agent.structure_id), now=now)


def create_structure(
    session: Session,
    *,
    code: str,
    nom: str,
    genre: GenreStructure,
    acteur: Acteur,
    now: datetime,
    crip: Crip = None,
) -> Structure:
    """`crip`: how its cell is reached, by nom, telephone and courriel; None leaves it as it is.

    Raises DomainError: `nom_manquant`, `code_manquant`, `code_pris`, `telephone_de_service`, `courriel_invalide`.
    """
    structure = Structure()
    _describe_structure(session, structure, code=code, nom=nom, genre=genre, crip=crip)
    session.add(structure)
    session.flush()
    _record(session, Action.STRUCTURE_MODIFIEE, f"structure:{structure.id},creee", acteur=acteur, now=now)
    return structure


def edit_structure(
    session: Session,
    structure: Structure,
    *,
    version: int,
    code: str,
    nom: str,
    genre: GenreStructure,
    acteur: Acteur,
    now: datetime,
    crip: Crip = None,
) -> None:
    """Raises DomainError as `create_structure`; StaleVersion."""
    _check_version(structure, version)
    _describe_structure(session, structure, code=code, nom=nom, genre=genre, crip=crip)
    structure.version += 1
    session.flush()
    _record(session, Action.STRUCTURE_MODIFIEE, f"structure:{structure.id}", acteur=acteur, now=now)


def close_structure(session: Session, structure: Structure, *, acteur: Acteur, now: datetime) -> None:
    """Raises DomainError: `agents_actifs` while somebody works there."""
    if structure.fermee_le is not None:
        return
    if agents := queries.active_agents_of(session, structure.id):
        raise DomainError("agents_actifs", agents=agents)
    structure.fermee_le = now
    structure.version += 1
    _record(session, Action.STRUCTURE_MODIFIEE, f"structure:{structure.id},fermee", acteur=acteur, now=now)


def reopen_structure(session: Session, structure: Structure, *, acteur: Acteur, now: datetime) -> None:
    if structure.fermee_le is None:
        return
    structure.fermee_le = None
    structure.version += 1
    _record(session, Action.STRUCTURE_MODIFIEE, f"structure:{structure.id},rouverte", acteur=acteur, now=now)


def _describe(session: Session, agent: Agent, *, courriel: str, prenom: str, nom: str, roles: Iterable[Role]) -> None:
    """Everything is checked before anything changes: a refused form is drawn again from this same session."""
    chosen = check_roles(roles)
    first, last = _filled(prenom, "prenom"), _filled(nom, "nom")
    with session.no_autoflush:
        address = _free_courriel(session, check_courriel(courriel), agent)
    agent.courriel, agent.prenom, agent.nom = address, first, last
    for role in Role:
        setattr(agent, role.value, role in chosen)


def _free_courriel(session: Session, courriel: str, agent: Agent) -> str:
    taken = select(Agent.id).where(Agent.courriel == courriel)
    if session.scalar(taken) not in (None, agent.id):
        raise DomainError("courriel_pris", field="courriel")
    return courriel


def _describe_structure(
    session: Session,
    structure: Structure,
    *,
    code: str,
    nom: str,
    genre: GenreStructure,
    crip: Crip,
) -> None:
    reach = _crip(crip) if crip is not None else {}
    wanted, name = _filled(code, "code", code="code_manquant"), _filled(nom, "nom")
    with session.no_autoflush:
        taken = session.scalar(select(Structure.id).where(func.lower(Structure.code) == wanted.lower()))
    if taken not in (None, structure.id):
        raise DomainError("code_pris", field="code")
    structure.code, structure.nom, structure.genre = wanted, name, genre
    for name, value in reach.items():
        setattr(structure, name, value)


def _crip(crip: Mapping[str, str]) -> dict[str, str | None]:
    """The columns that say how to reach it."""
    nom, telephone, courriel = (" ".join(crip.get(part, "").split()) for part in ("nom", "telephone", "courriel"))
    return {
        "crip_nom": nom or None,
        "crip_telephone": check_telephone(telephone, field="crip_telephone") if telephone else None,
        "crip_courriel": check_courriel(courriel, field="crip_courriel") if courriel else None,
    }


def _filled(text: str, field: str, *, code: str = "nom_manquant") -> str:
    words = " ".join(text.split())
    if not words:
        raise DomainError(code, field=field)
    return words


def _open_structure(session: Session, structure_id: int) -> Structure:
    structure = session.get(Structure, structure_id, with_for_update={"read": True}, populate_existing=True)
    if structure is None or structure.fermee_le is not None:
        raise DomainError("structure_fermee", field="structure_id")
    return structure


def _keep_an_administrator(session: Session, agent: Agent) -> None:
    if agent.administrateur and agent.desactive_le is None and not queries.other_administrators(session, agent.id):
        raise DomainError("dernier_administrateur", field="roles")


def _check_version(row: Agent | Structure, version: int) -> None:
    if row.version != version:
        raise StaleVersion(row)


def _record(session: Session, action: Action, precision: str | None, *, acteur: Acteur, now: datetime) -> None:
    audit.record(session, action, acteur=acteur, precision=precision, now=now)
