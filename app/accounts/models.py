"""Agents, structures, sessions, throttles and drafts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.vocabulaire import ROLES_QUI_VOIENT_DES_DOSSIERS, GenreStructure, Role
from app.db.base import Base
from app.db.types import Identifiant, Instant, coded


class Structure(Base):
    """A mission locale, a club de prévention, a PLIE… `code` is what imports name it by.

    `crip_…`: the cell of its département that receives informations préoccupantes (CASF, art. L. 226-3).
    """

    __tablename__ = "structure"

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    nom: Mapped[str] = mapped_column(String(120))
    genre: Mapped[GenreStructure] = mapped_column(coded(GenreStructure, name="genre"))
    fermee_le: Mapped[datetime | None] = mapped_column(Instant)
    crip_nom: Mapped[str | None] = mapped_column(String(120))
    crip_telephone: Mapped[str | None] = mapped_column(String(20))
    crip_courriel: Mapped[str | None] = mapped_column(String(254))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (CheckConstraint("length(code) > 0 AND length(nom) > 0", name="nommee"),)


class Agent(Base):
    """Somebody with an account. Roles add up, but a responsable has none that sees dossiers."""

    __tablename__ = "agent"

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    courriel: Mapped[str] = mapped_column(String(254), unique=True)
    prenom: Mapped[str] = mapped_column(String(80))
    nom: Mapped[str] = mapped_column(String(80))
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"), index=True)
    # where young people and partners reach them at work, in E.164
    telephone: Mapped[str | None] = mapped_column(String(20))
    mot_de_passe: Mapped[str | None] = mapped_column(String(200))
    intervenant: Mapped[bool] = mapped_column(default=False)
    referent: Mapped[bool] = mapped_column(default=False)
    coordinateur: Mapped[bool] = mapped_column(default=False)
    responsable: Mapped[bool] = mapped_column(default=False)
    dpo: Mapped[bool] = mapped_column(default=False)
    administrateur: Mapped[bool] = mapped_column(default=False)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    desactive_le: Mapped[datetime | None] = mapped_column(Instant)
    derniere_connexion: Mapped[datetime | None] = mapped_column(Instant)
    # the morning e-mail of their alerts; off when they said so
    courriel_matin: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=1)

    structure: Mapped[Structure] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(
            "NOT (responsable AND (" + " OR ".join(sorted(role.value for role in ROLES_QUI_VOIENT_DES_DOSSIERS)) + "))",
            name="responsable_sans_dossier",
        ),
        CheckConstraint("courriel = lower(courriel)", name="courriel_minuscule"),
    )

    # what Flask-Login asks: the agent of an open session is signed in (web_sessions.py)
    is_authenticated = True

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(role for role in Role if getattr(self, role.value))

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}"


class SessionWeb(Base):
    """One browser. The cookie holds a 256-bit token and nothing else; this row its SHA-256 (securite.md §2)."""

    __tablename__ = "session_web"

    empreinte: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id", ondelete="CASCADE"), index=True)
    contenu: Mapped[bytes] = mapped_column(LargeBinary)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    vue_le: Mapped[datetime] = mapped_column(Instant, index=True)
    verrouillee_le: Mapped[datetime | None] = mapped_column(Instant)


class Freinage(Base):
    """Throttles: how many attempts under one hashed key in one window."""

    __tablename__ = "freinage"

    cle: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    fenetre: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    compte: Mapped[int] = mapped_column(default=0)


class Brouillon(Base):
    """What is being typed in one form, or could not be saved, sealed, for its author alone.

    The form names the row, which is written over as one types. Once the form is saved, `enregistre_le` says so and
    nothing else is left: a text that was still on its way does not come back as a draft.
    """

    __tablename__ = "brouillon"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id", ondelete="CASCADE"))
    chemin: Mapped[str] = mapped_column(String(200))
    contenu: Mapped[bytes | None] = mapped_column(LargeBinary)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    modifie_le: Mapped[datetime] = mapped_column(Instant)
    enregistre_le: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("(contenu IS NULL) = (enregistre_le IS NOT NULL)", name="vide_une_fois_enregistre"),
        Index("ix_brouillon_agent_id_modifie_le", "agent_id", "modifie_le"),
    )


class Installation(Base):
    """What this database is. One row: `demonstration` is written by `parcours demo` alone, never cleared."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    demonstration: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (CheckConstraint("id = 1", name="une_seule"),)
