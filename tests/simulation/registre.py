"""Writes: each is noted in the log at once, and every table receives the rows of the day in one go.

A day ends as a page does: the unit of work hands the touched dossiers to the same hooks, then commits once.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session

from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.vocabulaire import GenreEvenement, MotifReport
from app.db.unit import touch
from app.jeunes.models import Identite
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import ContactPrevu, Dossier, Etape, Reouverture, Suivi
from app.parcours.models_actes import ConditionsChantier, Demarche, Jalon, MiseEnAttente, Verification
from app.parcours.vocabulaire import (
    Canal,
    Diplome,
    GenreEtape,
    Intensite,
    MotifSortie,
    Resultat,
    Sexe,
    StatutContactPrevu,
    StatutEtape,
    Visibilite,
)
from app.parcours.vocabulaire_actes import (
    GenreJalon,
    MotifAttente,
    MoyenDemarche,
    ObjetVerification,
    ReponseVerification,
    ResultatDemarche,
)
from app.referents.models import Affectation, MembreEquipe
from app.referents.vocabulaire import MotifAffectation
from tests.simulation.journal import Attente, Charge, Fiche, Pas, RendezVous, jours

SCEAU = b"\x00"


def _table(model: type) -> Table:
    return model.__table__


def _change(model: type, keys: tuple[str, ...], names: tuple[str, ...]) -> Any:
    table = _table(model)
    return (
        update(table)
        .where(*(table.c[name] == bindparam(f"_{name}") for name in keys))
        .values({name: bindparam(f"v_{name}") for name in names})
    )


_ETAPE = ("statut", "debut", "fin", "fin_prevue", "heures")
_CHANGES = {
    "dossier": _change(Dossier, ("id",), ("clos_le", "motif_sortie", "intensite")),
    "identite": _change(Identite, ("dossier_id",), ("informe_le", "informe_forme")),
    "etape": _change(Etape, ("dossier_id", "id"), _ETAPE),
    "prevu": _change(ContactPrevu, ("dossier_id", "id"), ("statut",)),
    "affectation": _change(Affectation, ("id",), ("fin",)),
    "equipe": _change(MembreEquipe, ("dossier_id", "agent_id", "depuis"), ("jusqu_au",)),
    "report": _change(Alerte, ("id",), ("reportee_au",)),
}
# parents first
_ORDRE = (
    Dossier,
    Identite,
    Reouverture,
    Affectation,
    MembreEquipe,
    Suivi,
    Etape,
    ContactPrevu,
    MiseEnAttente,
    Demarche,
    Jalon,
    Verification,
    ConditionsChantier,
    EvenementAlerte,
)


class Registre:
    """The log and the rows that the database has not received yet."""

    def __init__(self, chance: Random, territoire: int) -> None:
        self.chance, self.territoire = chance, territoire
        self.fiches: dict[int, Fiche] = {}
        self.jour = date(1, 1, 1)
        self.ecrits = self.contacts = 0
        self._vide()

    def _vide(self) -> None:
        self.touches: set[int] = set()
        self.rows: dict[type, list[dict[str, Any]]] = defaultdict(list)
        self.changes: dict[str, dict[Any, dict[str, Any]]] = defaultdict(dict)
        self.pas_neufs: dict[UUID, tuple[Fiche, Pas]] = {}
        self.pas_changes: dict[UUID, tuple[Fiche, Pas]] = {}
        self.rdv_neufs: dict[UUID, tuple[Fiche, RendezVous]] = {}
        self.clotures: set[int] = set()

    def verse(self, session: Session) -> int:
        """Everything of the day, then `touch` for those that changed: how many they are."""
        self._verse_pas()
        connection = session.connection()
        for name in ("affectation", "dossier", "equipe", "report"):
            self._verse_changes(connection, name)
        for model in _ORDRE:
            if rows := self.rows[model]:
                connection.execute(insert(_table(model)), rows)
        for name in ("identite", "etape", "prevu"):
            self._verse_changes(connection, name)
        for number in self.touches:
            touch(session, number)
        touched = len(self.touches)
        self._vide()
        return touched

    def _verse_changes(self, connection: Any, name: str) -> None:
        if changed := self.changes[name]:
            connection.execute(_CHANGES[name], list(changed.values()))

    def _verse_pas(self) -> None:
        for fiche, pas in self.pas_neufs.values():
            row = {"dossier_id": fiche.id, "id": pas.id, "genre": pas.genre, "contrat": pas.contrat, "version": 1}
            row |= {name: getattr(pas, name) for name in _ETAPE} | {"cree_le": self.instant}
            self.rows[Etape].append(row)
        for number, (fiche, pas) in self.pas_changes.items():
            if number not in self.pas_neufs:
                values = {f"v_{name}": getattr(pas, name) for name in _ETAPE}
                self.changes["etape"][number] = {"_dossier_id": fiche.id, "_id": pas.id} | values
        for number, (fiche, rdv) in self.rdv_neufs.items():
            self.changes["prevu"].pop(number, None)
            statut = StatutContactPrevu.PREVU if rdv.prevu else StatutContactPrevu.ANNULE
            self.rows[ContactPrevu].append(
                self._row(fiche, id=rdv.id, jour=rdv.jour, statut=statut, version=1, agent_id=fiche.referent)
            )

    @property
    def instant(self) -> datetime:
        """Four in the afternoon, in Paris in winter."""
        return datetime.combine(self.jour, time(15), tzinfo=UTC)

    def uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def _row(self, fiche: Fiche, **values: Any) -> dict[str, Any]:
        return {"dossier_id": fiche.id, "id": self.uuid(), "cree_le": self.instant} | values

    def _note(self, fiche: Fiche) -> None:
        self.ecrits += 1
        fiche.version += 1
        self.touches.add(fiche.id)

    # -- the dossier

    def ouvre(self, structure: int, annee: int, naissance: date | None, le: date, intensite: Intensite) -> Fiche:
        number = len(self.fiches) + 1
        fiche = self.fiches[number] = Fiche(number, structure, annee, naissance, le, intensite)
        sexe = self.chance.choice([Sexe.FEMME, Sexe.HOMME])
        self.rows[Dossier].append(
            {
                "id": number,
                "uid": self.uuid(),
                "code": f"S{number:06}",
                "structure_id": structure,
                "territoire_id": self.territoire,
                "entree_structure_id": structure,
                "entree_territoire_id": self.territoire,
                "sexe": sexe,
                "entree_sexe": sexe,
                "diplome": Diplome.INCONNU,
                "intensite": intensite,
                "anonymat_demande": False,
                "annee_naissance": annee,
                "ouvert_le": le,
                "cree_le": self.instant,
                "version": 1,
            }
        )
        self.rows[Identite].append(
            {"dossier_id": number, "identite": SCEAU, "version": 1, "identifie_le": max(le, self.jour)}
        )
        self._note(fiche)
        return fiche

    def _dossier(self, fiche: Fiche) -> None:
        self.changes["dossier"][fiche.id] = {
            "_id": fiche.id,
            "v_clos_le": fiche.clos_le,
            "v_motif_sortie": fiche.motif,
            "v_intensite": fiche.intensite,
        }
        self._note(fiche)

    def intensite(self, fiche: Fiche, intensite: Intensite) -> None:
        fiche.intensite = intensite
        self._dossier(fiche)

    def clot(self, fiche: Fiche, motif: MotifSortie) -> None:
        """Close today: what is open ends, what was planned is cancelled, nobody answers any more."""
        for pas in fiche.ouverts():
            self.change(fiche, pas, statut=StatutEtape.TERMINEE, fin=max(self.jour, pas.debut))
        for pas in fiche.prevus():
            self.change(fiche, pas, statut=StatutEtape.ANNULEE)
        for rdv in fiche.rendez_vous:
            self.solde(fiche, rdv, tenu=False)
        fiche.clos_le, fiche.motif = self.jour, motif
        self.clotures.add(fiche.id)
        self._dossier(fiche)
        self.libere(fiche)

    def rouvre(self, fiche: Fiche) -> None:
        self.rows[Reouverture].append(
            {
                "dossier_id": fiche.id,
                "id": self.uuid(),
                "clos_le": fiche.clos_le,
                "motif_sortie": fiche.motif,
                "rouvert_le": self.jour,
            }
        )
        fiche.retours.append((fiche.clos_le, self.jour))
        fiche.clos_le = fiche.motif = None
        self._dossier(fiche)

    def informe(self, fiche: Fiche, le: date | None = None) -> None:
        fiche.informe_le = le or self.jour
        said = {"v_informe_le": fiche.informe_le, "v_informe_forme": FormeInformation.ORALE}
        self.changes["identite"][fiche.id] = {"_dossier_id": fiche.id} | said
        self._note(fiche)

    # -- who answers

    def confie(self, fiche: Fiche, agent: int, *, depuis: datetime | None = None) -> None:
        """Give the dossier to `agent`, in place of whoever answered for it."""
        self.libere(fiche, reste=False)
        charge = Charge(self.uuid(), agent, depuis or self.instant)
        fiche.charges.append(charge)
        motif = MotifAffectation.PREMIERE_AFFECTATION if len(fiche.charges) == 1 else MotifAffectation.CHARGE
        self.rows[Affectation].append(
            {"id": charge.id, "dossier_id": fiche.id, "agent_id": agent, "debut": charge.debut, "motif": motif}
        )
        if not any(member == agent for member, _ in fiche.equipe):
            fiche.equipe.add((agent, self.jour))
            self.rows[MembreEquipe].append({"dossier_id": fiche.id, "agent_id": agent, "depuis": self.jour})
        self._note(fiche)

    def libere(self, fiche: Fiche, *, reste: bool = True) -> None:
        """`reste`: whether the former référent stays in the équipe, as after a closing."""
        if fiche.referent is None:
            return
        charge = fiche.charges[-1]
        charge.fin = max(self.instant, charge.debut + timedelta(microseconds=1))
        if charge.debut >= self.instant:
            # given and taken back on one day
            self.rows[Affectation] = [row for row in self.rows[Affectation] if row["id"] != charge.id]
            fiche.charges.pop()
        else:
            self.changes["affectation"][charge.id] = {"_id": charge.id, "v_fin": charge.fin}
        if not reste:
            for agent, depuis in [one for one in fiche.equipe if one[0] == charge.agent and one[1] < self.jour]:
                fiche.equipe.discard((agent, depuis))
                key = {"_dossier_id": fiche.id, "_agent_id": agent, "_depuis": depuis}
                self.changes["equipe"][fiche.id, agent, depuis] = key | {"v_jusqu_au": self.jour}
        self._note(fiche)

    # -- contacts

    def suivi(
        self, fiche: Fiche, agent: int | None, canal: Canal, resultat: Resultat, *, le: date | None = None
    ) -> None:
        jour = le or self.jour
        fiche.contacts.append((jour, canal, resultat))
        row = self._row(fiche, jour=jour, canal=canal, resultat=resultat, agent_id=agent, themes=())
        self.rows[Suivi].append(row | {"depot": row["id"], "version": 1, "visibilite": Visibilite.MON_EQUIPE})
        self.contacts += 1
        self._note(fiche)

    def prevoit(self, fiche: Fiche, jour: date) -> RendezVous:
        rdv = RendezVous(self.uuid(), jour)
        fiche.rendez_vous.append(rdv)
        self.rdv_neufs[rdv.id] = fiche, rdv
        self._note(fiche)
        return rdv

    def solde(self, fiche: Fiche, rdv: RendezVous, *, tenu: bool) -> None:
        if not rdv.prevu:
            return
        rdv.prevu = False
        statut = StatutContactPrevu.TENU if tenu else StatutContactPrevu.ANNULE
        self.changes["prevu"][rdv.id] = {"_dossier_id": fiche.id, "_id": rdv.id, "v_statut": statut}
        self._note(fiche)

    def attend(self, fiche: Fiche, jusqu_au: date) -> None:
        fiche.attentes.append(Attente(self.jour, jusqu_au))
        motif = MotifAttente.DEMANDE_DU_JEUNE
        self.rows[MiseEnAttente].append(self._row(fiche, depuis=self.jour, jusqu_au=jusqu_au, motif=motif))
        self._note(fiche)

    def demarche(self, fiche: Fiche, moyen: MoyenDemarche) -> None:
        fiche.demarches.append((moyen, self.jour))
        self.rows[Demarche].append(self._row(fiche, moyen=moyen, jour=self.jour, resultat=ResultatDemarche.TENTEE))
        self._note(fiche)

    def jalon(self, fiche: Fiche, genre: GenreJalon, jusqu_au: date | None = None) -> None:
        if any(one[:2] == (genre, self.jour) for one in fiche.jalons):
            return
        fiche.jalons.append((genre, self.jour, jusqu_au))
        self.rows[Jalon].append(self._row(fiche, genre=genre, jour=self.jour, jusqu_au=jusqu_au))
        self._note(fiche)

    def verifie(
        self, fiche: Fiche, objet: ObjetVerification, repere: date, mois: int | None, reponse: ReponseVerification
    ) -> None:
        if mois is not None and any(one[:3] == (objet, repere, mois) for one in fiche.verifications):
            return
        fiche.verifications.append((objet, repere, mois, reponse, self.jour))
        said = {"objet": objet, "repere": repere, "mois": mois, "reponse": reponse, "jour": self.jour}
        self.rows[Verification].append(self._row(fiche, **said))
        self._note(fiche)

    # -- steps

    def etape(self, fiche: Fiche, genre: GenreEtape, statut: StatutEtape, debut: date, **values: Any) -> Pas:
        """`debut` moves to the nearest day on which no step of this kind begins."""
        pris = {pas.debut for pas in fiche.pas if pas.genre is genre}
        way = 1 if statut is StatutEtape.PREVUE else -1
        while debut in pris:
            debut += jours(way)
        pas = Pas(self.uuid(), genre, statut, debut, **values)
        if pas.fin_prevue is not None:
            pas.fin_prevue = max(pas.fin_prevue, debut)
        fiche.pas.append(pas)
        self.pas_neufs[pas.id] = fiche, pas
        self._note(fiche)
        return pas

    def change(self, fiche: Fiche, pas: Pas, **values: Any) -> None:
        for name, value in values.items():
            setattr(pas, name, value)
        if pas.fin_prevue is not None and pas.fin_prevue < pas.debut:
            pas.fin_prevue = pas.debut
        self.pas_changes[pas.id] = fiche, pas
        self._note(fiche)

    def conditions(self, fiche: Fiche, etape_id: UUID) -> None:
        """The agreement and the inspection; the holidays are never right here."""
        if etape_id not in fiche.conditions:
            fiche.conditions.add(etape_id)
            said = {"accord_le": self.jour, "inspection_le": self.jour}
            self.rows[ConditionsChantier].append({"dossier_id": fiche.id, "etape_id": etape_id, "version": 1} | said)
            self._note(fiche)

    # -- the alert itself

    def reporte(self, fiche: Fiche, alerte_id: int, agent: int, jusqu_au: date) -> None:
        self.changes["report"][alerte_id] = {"_id": alerte_id, "v_reportee_au": jusqu_au}
        motif = MotifReport.DEMANDE_DU_JEUNE
        said = {"genre": GenreEvenement.REPORTEE, "agent_id": agent, "motif": motif, "jusqu_au": jusqu_au}
        self.rows[EvenementAlerte].append({"alerte_id": alerte_id, "quand": self.instant} | said)
        self._note(fiche)
