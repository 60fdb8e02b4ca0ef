"""From an invented journey to the rows of the tables, sealed with the person's own key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

from app.jeunes.models import Identite, RepresentantLegal
from app.jeunes.vocabulaire import AutoriteParentale, FormeInformation, Lien, PeutEtreContacte
from app.parcours.models import ContactPrevu, Dossier, Etape, Suivi
from app.parcours.models_actes import MiseEnAttente, Verification
from app.parcours.rules import age_at, tranche_age
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, Diplome, Origine, StatutContactPrevu, Visibilite
from app.parcours.vocabulaire_actes import MotifAttente, ObjetVerification, ReponseVerification
from app.referents.models import Affectation, MembreEquipe
from app.referents.vocabulaire import MotifAffectation
from app.vault.dossier_keys import DossierKeys
from app.vault.places import Place as Scelle
from bench.personnes import Contact, Vie

# In the order of their foreign keys.
TABLES = (Dossier, Identite, RepresentantLegal, Etape, Suivi, ContactPrevu, Affectation, MembreEquipe, MiseEnAttente,
          Verification)  # fmt: skip
Rows = dict[type, list[dict]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dossier stands; `seul` when nobody answers for it any more."""

    dossier_id: int
    structure_id: int
    territoire_id: int
    referent_id: int
    intervenant_id: int
    ouvert: bool
    seul: bool


def rows_of(
    rows: Rows, keys: DossierKeys, random: Random, *, uid: UUID, code: str, place: Place, vie: Vie
) -> tuple[dict[str, str], dict[str, str]]:
    """Add the rows of one person to `rows`; gives the names and the contact that were sealed, to be indexed."""
    names = {"prenom": vie.prenom, "nom": vie.nom, "date_naissance": vie.naissance.isoformat()}
    reach = {"telephone": vie.telephone} if vie.telephone else {}
    rows[Dossier].append(_dossier(uid, code, place, vie, random))
    told = {"informe_le": vie.ouvert_le, "informe_forme": FormeInformation.ORALE, "version": 1}
    rows[Identite].append(
        {
            "dossier_id": place.dossier_id,
            "identite": keys.seal(uid, names, place=Scelle.IDENTITE, row=uid),
            "contact": keys.seal(uid, reach, place=Scelle.CONTACT, row=uid) if reach else None,
            **told,
        }
    )
    if age_at(vie.naissance, vie.ouvert_le) < 18:
        rows[RepresentantLegal].append(_parent(keys, random, uid, place, vie) | told)
    rows[Etape].extend(_etape(random, place, faits) for faits in vie.etapes)
    rows[Suivi].extend(_suivi(keys, random, uid, place, contact) for contact in vie.suivis)
    if vie.prevu is not None:
        rows[ContactPrevu].append(_prevu(random, place, vie.prevu))
    rows[Affectation].extend(_affectations(random, place, vie))
    rows[MembreEquipe].append(_membre(place, place.referent_id, vie.ouvert_le))
    if random.random() < 0.1:
        rows[MembreEquipe].append(_membre(place, place.intervenant_id, vie.ouvert_le))
    if random.random() < 0.3:
        rows[Verification].append(_verification(random, place, vie))
    if random.random() < 0.03:
        rows[MiseEnAttente].append(_attente(random, place, vie))
    return names, reach


def new_id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def instant(jour: date, hour: int = 7, minute: int = 0) -> datetime:
    """When something of that day was typed; early, since the last day of a benchmark begins at nine."""
    return datetime.combine(jour, time(hour, minute), UTC)


def _dossier(uid: UUID, code: str, place: Place, vie: Vie, random: Random) -> dict:
    return {
        "id": place.dossier_id,
        "uid": uid,
        "code": code,
        "reference": f"R{place.dossier_id}",
        "structure_id": place.structure_id,
        "territoire_id": place.territoire_id,
        "sexe": vie.sexe,
        "annee_naissance": vie.naissance.year,
        "diplome": random.choice(list(Diplome)),
        "origine": random.choice(list(Origine)),
        "intensite": vie.intensite,
        "intensite_depuis": vie.ouvert_le,
        "anonymat_demande": False,
        "ouvert_le": vie.ouvert_le,
        "clos_le": vie.clos_le,
        "motif_sortie": vie.motif,
        "entree_structure_id": place.structure_id,
        "entree_territoire_id": place.territoire_id,
        "entree_sexe": vie.sexe,
        "entree_age": tranche_age(vie.naissance.year, vie.ouvert_le),
        "cree_le": instant(vie.ouvert_le),
        "cree_par": place.referent_id,
        "depot": new_id(random),
        "version": 1,
    }


def _parent(keys: DossierKeys, random: Random, uid: UUID, place: Place, vie: Vie) -> dict:
    row = new_id(random)
    content = {"prenom": "Parent", "nom": vie.nom, "telephone": f"+3363998{random.randrange(10_000):04}"}
    return {
        "dossier_id": place.dossier_id,
        "id": row,
        "lien": Lien.PARENT,
        "autorite_parentale": AutoriteParentale.OUI,
        "peut_etre_contacte": random.choice(list(PeutEtreContacte)),
        "identite": keys.seal(uid, content, place=Scelle.REPRESENTANT, row=row),
        "cree_le": instant(vie.ouvert_le),
        "depot": new_id(random),
    }


def _etape(random: Random, place: Place, faits: Faits) -> dict:
    return {
        "dossier_id": place.dossier_id,
        "id": new_id(random),
        "genre": faits.genre,
        "statut": faits.statut,
        "debut": faits.debut,
        "fin": faits.fin,
        "fin_prevue": faits.fin_prevue,
        "issue": faits.issue,
        "contrat": faits.contrat,
        "niveau_vise": faits.niveau_vise,
        "heures": faits.heures,
        "cree_le": instant(min(faits.debut, faits.fin or faits.debut)),
        "cree_par": place.referent_id,
        "depot": new_id(random),
        "version": 1,
    }


def _suivi(keys: DossierKeys, random: Random, uid: UUID, place: Place, contact: Contact) -> dict:
    row = new_id(random)
    note = keys.seal(uid, {"texte": contact.texte}, place=Scelle.NOTE, row=row) if contact.texte else None
    return {
        "dossier_id": place.dossier_id,
        "id": row,
        "jour": contact.jour,
        "agent_id": place.intervenant_id if random.random() < 0.1 else place.referent_id,
        "canal": contact.canal,
        "resultat": contact.resultat,
        "themes": contact.themes,
        "visibilite": Visibilite.MON_EQUIPE,
        "note": note,
        "cree_le": instant(contact.jour, 7, random.randrange(60)),
        "depot": new_id(random),
        "version": 1,
    }


def _prevu(random: Random, place: Place, jour: date) -> dict:
    return {
        "dossier_id": place.dossier_id,
        "id": new_id(random),
        "jour": jour,
        "heure": time(9 + random.randrange(9)),
        "canal": Canal.ENTRETIEN,
        "agent_id": place.referent_id,
        "statut": StatutContactPrevu.PREVU,
        "cree_le": instant(jour - timedelta(days=45)),
        "depot": new_id(random),
        "version": 1,
    }


def _affectations(random: Random, place: Place, vie: Vie) -> list[dict]:
    """One, or two when the référent changed. It ended with the dossier, or a month ago when nobody took over."""
    begin, end = instant(vie.ouvert_le), vie.clos_le and instant(vie.clos_le, 21)
    if place.seul:
        end = instant(vie.ouvert_le + timedelta(days=100))
    first = {"debut": begin, "fin": end, "agent_id": place.referent_id, "motif": MotifAffectation.PREMIERE_AFFECTATION}
    found = [first]
    if random.random() < 0.15:
        then = instant(vie.ouvert_le + timedelta(days=60), 12)
        found.append(first | {"debut": then, "motif": MotifAffectation.SECTEUR})
        found[0] = first | {"fin": then, "agent_id": place.intervenant_id}
    key = {"dossier_id": place.dossier_id, "par_id": place.referent_id}
    return [{"id": new_id(random), **key, **row} for row in found]


def _membre(place: Place, agent_id: int, since: date) -> dict:
    return {"dossier_id": place.dossier_id, "agent_id": agent_id, "depuis": since}


def _verification(random: Random, place: Place, vie: Vie) -> dict:
    """The situation was confirmed once."""
    jour = vie.ouvert_le + timedelta(days=random.randrange(30, 150))
    return {
        "dossier_id": place.dossier_id,
        "id": new_id(random),
        "objet": ObjetVerification.SITUATION,
        "repere": vie.ouvert_le,
        "reponse": ReponseVerification.TOUJOURS_EN_PLACE,
        "jour": jour,
        "cree_le": instant(jour),
        "cree_par": place.referent_id,
        "depot": new_id(random),
    }


def _attente(random: Random, place: Place, vie: Vie) -> dict:
    """The journey waited once, or still does."""
    jour = (vie.clos_le or vie.ouvert_le + timedelta(days=150)) - timedelta(days=random.randrange(100))
    return {
        "dossier_id": place.dossier_id,
        "id": new_id(random),
        "motif": MotifAttente.REPONSE_PARTENAIRE,
        "depuis": jour,
        "jusqu_au": jour + timedelta(days=random.randrange(10, 90)),
        "cree_le": instant(jour),
        "cree_par": place.referent_id,
        "depot": new_id(random),
    }
