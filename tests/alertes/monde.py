"""A small world for the engine: rows written as the rooms below write them, without their rules.

`Monde` keeps in Python what it wrote, so that a test can say by itself which alerts there should be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import GenreStructure
from app.alertes.models import Alerte, Reglage
from app.alertes.vocabulaire import Regle
from app.jeunes.models import Identite
from app.parcours import etat
from app.parcours.models import ContactPrevu, Dossier, Etape, Etat, Reouverture, SituationMois, Suivi
from app.parcours.models_actes import ConditionsChantier, Demarche, Jalon, MiseEnAttente, Verification
from app.parcours.vocabulaire import (
    Canal,
    GenreEtape,
    Intensite,
    MotifSortie,
    Resultat,
    Sexe,
    Situation,
    StatutContactPrevu,
    StatutEtape,
)
from app.parcours.vocabulaire_actes import (
    GenreJalon,
    MotifAttente,
    MoyenDemarche,
    ObjetVerification,
    ReponseVerification,
    ResultatDemarche,
)
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from app.referents.models import Affectation, MembreEquipe
from app.referents.vocabulaire import MotifAffectation

JOUR = date(2026, 3, 17)
MAINTENANT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
ESPACE = UUID("6f0f2b34-0000-4000-8000-000000000000")

# What is compared: everything that an open alert says.
Dite = tuple[int, str, str, date, date, int, tuple[tuple[str, Any], ...]]


@dataclass
class Monde:
    session: Session
    numeros: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.structure_id = self._add(Structure, code="S", nom="Structure", genre=GenreStructure.MISSION_LOCALE)
        self.territoire_id = self.territoire("Les Hauts")

    def _add(self, model: type, **values: Any) -> int:
        return self.session.execute(insert(model.__table__).values(**values)).inserted_primary_key[0]

    def territoire(self, nom: str) -> int:
        code = f"T{next(self.numeros)}"
        return self._add(Territoire, code=code, nom=nom, genre=GenreTerritoire.HORS_QPV, ferme=False, version=1)

    def structure(self) -> int:
        code = f"S{next(self.numeros)}"
        return self._add(Structure, code=code, nom=code, genre=GenreStructure.ASSOCIATION, version=1)

    def agent(self, *, desactive_le: datetime | None = None, structure_id: int | None = None, **roles: bool) -> int:
        number = next(self.numeros)
        absent = dict.fromkeys(
            ("intervenant", "referent", "coordinateur", "responsable", "dpo", "administrateur"), False
        )
        return self._add(
            Agent,
            courriel=f"a{number}@exemple.test",
            prenom="Prénom",
            nom=f"Nom{number}",
            structure_id=structure_id or self.structure_id,
            cree_le=MAINTENANT,
            desactive_le=desactive_le,
            version=1,
            **(absent | (roles or {"referent": True})),
        )

    def dossier(self, referent: int | None = None, **values: Any) -> int:
        """An open dossier and its state row. `values`: columns of both."""
        number = next(self.numeros)
        state = {
            "situation": Situation.INCONNUE,
            "situation_depuis": values.get("ouvert_le", JOUR),
            "dernier_contact": None,
            "derniere_tentative": None,
            "prochain_contact": None,
            "etape_id": None,
        }
        state |= {name: values.pop(name) for name in list(values) if name in state}
        ouvert_le = values.setdefault("ouvert_le", JOUR)
        structure, territoire = values.pop("structure_id", self.structure_id), values.pop("territoire_id", None)
        dossier_id = self._add(
            Dossier,
            **{
                "uid": uuid5(ESPACE, f"dossier {number}"),
                "code": f"D{number:06}",
                "structure_id": structure,
                "territoire_id": territoire or self.territoire_id,
                "entree_structure_id": structure,
                "entree_territoire_id": territoire or self.territoire_id,
                "sexe": Sexe.NON_RENSEIGNE,
                "entree_sexe": Sexe.NON_RENSEIGNE,
                "diplome": "inconnu",
                "intensite": Intensite.SOUTENU,
                "anonymat_demande": False,
                "annee_naissance": 2008,
                "cree_le": MAINTENANT,
                "version": 1,
            }
            | values,
        )
        self._add(Etat, dossier_id=dossier_id, referent_id=referent, ouvert_le=ouvert_le, clos_le=None, **state)
        if referent is not None:
            self.affecte(dossier_id, referent, datetime(2020, 1, 1, 8, tzinfo=UTC))
        return dossier_id

    def etat(self, dossier_id: int, **values: Any) -> None:
        self.session.execute(update(Etat.__table__).where(Etat.dossier_id == dossier_id).values(**values))

    def intensite(self, dossier_id: int, intensite: Intensite) -> None:
        self.session.execute(update(Dossier.__table__).where(Dossier.id == dossier_id).values(intensite=intensite))

    def etape(self, dossier_id: int, genre: GenreEtape, statut: StatutEtape, debut: date, **values: Any) -> UUID:
        etape_id = values.pop("id", None) or uuid5(ESPACE, f"etape {next(self.numeros)}")
        self._add(
            Etape,
            dossier_id=dossier_id,
            id=etape_id,
            genre=genre,
            statut=statut,
            debut=debut,
            version=1,
            **({"cree_le": MAINTENANT} | values),
        )
        return etape_id

    def change_etape(self, dossier_id: int, etape_id: UUID, **values: Any) -> None:
        where = (Etape.dossier_id == dossier_id, Etape.id == etape_id)
        self.session.execute(update(Etape.__table__).where(*where).values(**values))

    def affecte(self, dossier_id: int, agent_id: int, debut: datetime) -> None:
        number = next(self.numeros)
        self._add(
            Affectation,
            id=uuid5(ESPACE, f"affectation {number}"),
            dossier_id=dossier_id,
            agent_id=agent_id,
            debut=debut,
            motif=MotifAffectation.PREMIERE_AFFECTATION,
        )
        self.etat(dossier_id, referent_id=agent_id)

    def retire_referent(self, dossier_id: int, fin: datetime) -> None:
        where = (Affectation.dossier_id == dossier_id, Affectation.fin.is_(None))
        self.session.execute(update(Affectation.__table__).where(*where).values(fin=fin))
        self.etat(dossier_id, referent_id=None)

    def est_parti(self, dossier_id: int, agent_id: int, fin: datetime) -> None:
        """An affectation of one second, over since `fin`."""
        self._add(
            Affectation,
            id=uuid5(ESPACE, f"affectation {next(self.numeros)}"),
            dossier_id=dossier_id,
            agent_id=agent_id,
            debut=fin - timedelta(seconds=1),
            fin=fin,
            motif=MotifAffectation.PREMIERE_AFFECTATION,
        )

    def desactive(self, agent_id: int, le: datetime | None) -> None:
        self.session.execute(update(Agent.__table__).where(Agent.id == agent_id).values(desactive_le=le))

    def clot(self, dossier_id: int, le: date, motif: MotifSortie = MotifSortie.DEMANDE_DU_JEUNE) -> None:
        self.session.execute(
            update(Dossier.__table__).where(Dossier.id == dossier_id).values(clos_le=le, motif_sortie=motif)
        )
        self.etat(dossier_id, clos_le=le, situation=Situation.SORTI)

    def a_rouvert(self, dossier_id: int, clos_le: date, le: date) -> None:
        """Of a dossier that is open."""
        self._add(
            Reouverture,
            dossier_id=dossier_id,
            id=uuid5(ESPACE, f"reouverture {next(self.numeros)}"),
            clos_le=clos_le,
            motif_sortie=MotifSortie.DEMANDE_DU_JEUNE,
            rouvert_le=le,
        )

    def rouvre(self, dossier_id: int, clos_le: date, le: date) -> None:
        self.a_rouvert(dossier_id, clos_le, le)
        self.session.execute(
            update(Dossier.__table__).where(Dossier.id == dossier_id).values(clos_le=None, motif_sortie=None)
        )
        self.etat(dossier_id, clos_le=None, situation=Situation.INCONNUE)

    def membre(self, dossier_id: int, agent_id: int, jusqu_au: date | None = None) -> None:
        self._add(MembreEquipe, dossier_id=dossier_id, agent_id=agent_id, depuis=date(2025, 1, 1), jusqu_au=jusqu_au)

    def identite(self, dossier_id: int, identite: bytes | None, **values: Any) -> None:
        self._add(Identite, dossier_id=dossier_id, identite=identite, version=1, **values)

    def mois(self, dossier_id: int, m0: int, m1: int, situation: Situation) -> None:
        self._add(SituationMois, dossier_id=dossier_id, m0=m0, m1=m1, situation=situation)

    def prevu(
        self, dossier_id: int, jour: date, statut: StatutContactPrevu = StatutContactPrevu.PREVU, **values: Any
    ) -> None:
        number = uuid5(ESPACE, f"prevu {next(self.numeros)}")
        given = {"jour": jour, "statut": statut, "cree_le": MAINTENANT, "version": 1} | values
        self._add(ContactPrevu, dossier_id=dossier_id, id=number, **given)
        if statut is StatutContactPrevu.PREVU:
            self.etat(dossier_id, prochain_contact=jour)

    def _acte(self, model: type, dossier_id: int, **values: Any) -> UUID:
        number = uuid5(ESPACE, f"acte {next(self.numeros)}")
        self._add(model, dossier_id=dossier_id, id=number, cree_le=MAINTENANT, **values)
        return number

    def suivi(
        self, dossier_id: int, jour: date, resultat: Resultat = Resultat.ECHANGE_FAIT, canal: Canal = Canal.TELEPHONE
    ) -> UUID:
        values = {"jour": jour, "canal": canal, "resultat": resultat, "themes": (), "visibilite": "mon_equipe"}
        return self._acte(Suivi, dossier_id, depot=uuid5(ESPACE, f"depot {next(self.numeros)}"), version=1, **values)

    def attente(self, dossier_id: int, depuis: date, jusqu_au: date) -> UUID:
        motif = MotifAttente.DEMANDE_DU_JEUNE
        return self._acte(MiseEnAttente, dossier_id, motif=motif, depuis=depuis, jusqu_au=jusqu_au)

    def demarche(self, dossier_id: int, jour: date, moyen: MoyenDemarche) -> UUID:
        return self._acte(Demarche, dossier_id, jour=jour, moyen=moyen, resultat=ResultatDemarche.TENTEE)

    def jalon(self, dossier_id: int, genre: GenreJalon, jour: date, **values: Any) -> UUID:
        return self._acte(Jalon, dossier_id, genre=genre, jour=jour, **values)

    def verification(
        self,
        dossier_id: int,
        objet: ObjetVerification,
        repere: date,
        jour: date,
        *,
        mois: int | None = None,
        reponse: ReponseVerification = ReponseVerification.TOUJOURS_EN_PLACE,
        **values: Any,
    ) -> UUID:
        given = {"objet": objet, "repere": repere, "jour": jour, "mois": mois, "reponse": reponse}
        return self._acte(Verification, dossier_id, **given, **values)

    def conditions(self, dossier_id: int, etape_id: UUID, **values: Any) -> None:
        self._add(ConditionsChantier, dossier_id=dossier_id, etape_id=etape_id, version=1, **values)

    def reglage(self, structure_id: int | None = None, **values: int) -> None:
        self._add(Reglage, structure_id=structure_id or self.structure_id, version=1, **values)

    def change(self, model: type, number: UUID, **values: Any) -> None:
        self.session.execute(update(model.__table__).where(model.id == number).values(**values))

    def rafraichit(self, *ids: int) -> None:
        """The state rows say what the events say."""
        etat.refresh(self.session, ids)

    def ouvertes(self) -> set[Dite]:
        """What the open alerts say."""
        rows = self.session.execute(
            select(
                Alerte.dossier_id, Alerte.regle, Alerte.cle, Alerte.depuis, Alerte.due, Alerte.gravite, Alerte.faits
            ).where(Alerte.fermee_le.is_(None))
        )
        return {(*row[:6], tuple(sorted(row.faits.items()))) for row in rows}

    def alertes(self, dossier_id: int, regle: Regle) -> list[Alerte]:
        """Open and closed, by key."""
        self.session.expire_all()
        statement = select(Alerte).where(Alerte.dossier_id == dossier_id, Alerte.regle == regle).order_by(Alerte.cle)
        return list(self.session.scalars(statement))


def jours(n: int) -> timedelta:
    return timedelta(days=n)


def a_midi(jour: date) -> datetime:
    """Noon in Paris of that day, as an instant."""
    return datetime(jour.year, jour.month, jour.day, 12, tzinfo=PARIS).astimezone(UTC)
