"""Writes the invented people through the same services as the pages, at the instants when it would have happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.maison import Maison
from app.accounts.models import Agent, Installation, Structure
from app.accounts.passwords import protect
from app.accounts.vocabulaire import Role
from app.alertes.rules import AGES
from app.audit.services import Acteur
from app.cli.demonstration import decor
from app.cli.demonstration.cas import Cas, cases, recit
from app.cli.demonstration.gestes import SOIR, Fiche, acteur_of, instant
from app.cli.demonstration.histoires import Geste, Histoire, Pas, invent, is_recent
from app.jeunes import services as jeunes
from app.jeunes.services_representants import FicheRepresentant, add_representant
from app.jeunes.vocabulaire import AutoriteParentale, FormeInformation, Lien, PeutEtreContacte
from app.parcours import services_dossiers, services_etapes
from app.parcours.models import Dossier
from app.parcours.rules import birthday
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Intensite, Origine, Sexe
from app.programme import services as programme
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from app.referents import services as referents
from app.referents import services_passation
from app.referents.vocabulaire import MotifAffectation
from app.vault.dossier_keys import DossierKeys
from app.vault.places import Place

GRAINE = 20260317
JEUNES = 1_500
SUIVIS_AUJOURDHUI = 300
ANNEES = 6
CLOS_ICI = 40
# The last weeks are played day by day (`journees`).
DEBUT_DES_JOURNEES = 45
COMMANDE = Acteur.commande()


@dataclass(slots=True)
class Scene:
    """Who is there once the decor is laid."""

    agents: dict[str, list[Agent]] = field(default_factory=dict)
    colleagues: dict[str, list[Agent]] = field(default_factory=dict)
    structures: dict[str, Structure] = field(default_factory=dict)
    territoires: list[Territoire] = field(default_factory=list)
    parts: dict[str, list[int]] = field(default_factory=dict)

    def join(self, session: Session) -> Scene:
        """The same people, in this session."""

        def here(groups: dict[str, list[Agent]]) -> dict[str, list[Agent]]:
            return {code: [session.merge(agent, load=False) for agent in group] for code, group in groups.items()}

        return replace(self, agents=here(self.agents), colleagues=here(self.colleagues))


@dataclass(frozen=True, slots=True)
class Personne:
    """One invented person and the day, structure and people that go with them."""

    numero: int
    histoire: Histoire
    uid: UUID
    structure: str
    naissance: date
    sexe: Sexe
    suivi: bool
    cas: Cas | None = None


def lay_decor(session: Session, *, now: datetime) -> Scene:
    """Structures, accounts and territories; marks the database as the demonstration, for ever."""
    installation = session.get(Installation, 1)
    installation.demonstration = True
    scene = Scene()
    for code, nom, genre in decor.STRUCTURES:
        structure = accounts.create_structure(session, code=code, nom=nom, genre=genre, acteur=COMMANDE, now=now)
        scene.structures[code] = structure
    hashed = protect(decor.MOT_DE_PASSE)
    for rang, compte in enumerate(decor.COMPTES):
        # a number that is given to nobody (ARCEP)
        telephone = f"02 61 91 40 {rang:02}" if compte.part else ""
        agent = accounts.create_agent(
            session, courriel=compte.courriel, prenom=compte.prenom, nom=compte.nom, roles=compte.roles,
            structure_id=scene.structures[compte.structure].id, mot_de_passe=hashed, telephone=telephone,
            acteur=COMMANDE, now=now,
        )  # fmt: skip
        if compte.part:
            scene.agents.setdefault(compte.structure, []).append(agent)
            scene.parts.setdefault(compte.structure, []).append(compte.part)
        if Role.INTERVENANT in compte.roles or Role.REFERENT in compte.roles:
            scene.colleagues.setdefault(compte.structure, []).append(agent)
    scene.territoires = list(_territoires(session, now=now))
    return scene


def _territoires(session: Session, *, now: datetime) -> Iterator[Territoire]:
    common = {"acteur": COMMANDE, "now": now}
    commune = programme.create_territoire(
        session, code=decor.COMMUNE[0], nom=decor.COMMUNE[1], genre=GenreTerritoire.COMMUNE,
        generation=None, commune_id=None, **common,
    )  # fmt: skip
    for code, nom, genre, generation in decor.TERRITOIRES:
        yield programme.create_territoire(
            session, code=code, nom=nom, genre=genre, generation=generation, commune_id=commune.id, **common
        )
    yield programme.create_territoire(
        session, code=decor.HORS_QPV[0], nom=decor.HORS_QPV[1], genre=GenreTerritoire.HORS_QPV,
        generation=None, commune_id=commune.id, **common,
    )  # fmt: skip


def cast(today: date) -> list[Personne]:
    """Everybody, in the order of their entry: the same people whatever the day, their dates relative to it."""
    random = Random(GRAINE)  # noqa: S311 - invented people, not keys
    chosen = list(cases(today))[:SUIVIS_AUJOURDHUI]
    people = [_played(random, number, cas, today) for number, cas in enumerate(chosen)]
    people += [_person(random, number, today) for number in range(len(chosen), JEUNES)]
    return sorted(people, key=lambda person: person.histoire.ouvert_le)


def closed_here(people: Iterable[Personne], today: date) -> list[Personne]:
    """Those whose dossier was closed lately, and in Parcours: they are asked afterwards what became of them."""
    over = (person for person in people if not person.suivi and person.histoire.clos_le < today)
    recent = (person for person in over if is_recent(person.histoire.clos_le, today))
    return sorted(recent, key=lambda person: person.numero)[:CLOS_ICI]


def _played(random: Random, numero: int, cas: Cas, today: date) -> Personne:
    sexe = random.choices([Sexe.FEMME, Sexe.HOMME], [44, 56])[0]
    histoire = recit(cas, random, today)
    return Personne(numero, histoire, uuid4(), cas.structure, cas.naissance(today), sexe, suivi=True, cas=cas)


def _person(random: Random, numero: int, today: date) -> Personne:
    suivi = numero < SUIVIS_AUJOURDHUI
    structure = random.choices([code for code, _, _ in decor.STRUCTURES], [45, 35, 20])[0]
    ages = {"ML": (16, 24), "CLUB": (11, 19), "PLIE": (18, 24)}[structure]
    age = random.randint(*ages)
    # whole years of entry: what is left of one that only a few began would have to be hidden with its neighbour
    longest = (today - date(today.year - ANNEES + 1, 1, 1)).days
    if suivi:
        longest = min(longest, 700 + 365 * max(0, 24 - age) // 3)
    ouvert_le = today - timedelta(days=int(random.triangular(3, longest, 40 if suivi else longest * 0.7)))
    naissance = _birth(random, ouvert_le, age)
    if suivi and _comes_of_age(naissance, today):
        naissance = _birth(random, ouvert_le, age)
    histoire = invent(random, ouvert_le=ouvert_le, age=age, today=today, suivi_aujourdhui=suivi)
    sexe = random.choices([Sexe.FEMME, Sexe.HOMME], [44, 56])[0]
    return Personne(numero, histoire, uuid4(), structure, naissance, sexe, suivi)


def _birth(random: Random, ouvert_le: date, age: int) -> date:
    return ouvert_le - timedelta(days=age * 365 + 5 + random.randrange(5, 355))


def _comes_of_age(naissance: date, today: date) -> bool:
    return any(-31 <= (birthday(naissance, age) - today).days <= 120 for age in AGES)


def write_person(
    session: Session, maison: Maison, scene: Scene, keys: DossierKeys, person: Personne, *, today: date
) -> Fiche:
    """One dossier, what was written on the days before the last weeks, and what is left to do since."""
    random = Random(GRAINE + person.numero)  # noqa: S311
    histoire = person.histoire
    referent = _referent(random, scene, person)
    colleague = random.choice(scene.colleagues[person.structure])
    author = acteur_of(referent)
    dossier = services_dossiers.open_dossier(
        session, uid=person.uid, par=referent, acteur=author, now=instant(histoire.ouvert_le), today=histoire.ouvert_le,
        structure_id=scene.structures[person.structure].id, territoire_id=random.choice(scene.territoires).id,
        ouvert_le=histoire.ouvert_le, sexe=person.sexe, annee_naissance=person.naissance.year,
        origine=random.choice(list(Origine)), intensite=_intensite(random, person),
    )  # fmt: skip
    fiche = Fiche(person.numero, dossier, person.naissance, referent, colleague, keys)
    told = _identity(session, maison, random, dossier, person, author)
    _referents(session, random, scene, dossier, person, referent, today=today)
    _team(session, random, scene, dossier, person, author)
    for pas in sorted(histoire.etapes, key=lambda pas: pas.debut):
        _step(session, keys, dossier, pas, author, today=today)
    fiche.gestes = list(_acts(histoire, today))
    if not told and person.cas is None and random.random() < 0.6:
        fiche.gestes.append(Geste(min(histoire.ouvert_le + timedelta(days=21), today - timedelta(days=1)), "informer"))
    return fiche


def _referent(random: Random, scene: Scene, person: Personne) -> Agent:
    agents = scene.agents[person.structure]
    if person.cas is not None:
        return next(agent for agent in agents if agent.prenom == person.cas.referent)
    return random.choices(agents, scene.parts[person.structure])[0]


def _intensite(random: Random, person: Personne) -> Intensite:
    drawn = random.choices([Intensite.SOUTENU, Intensite.SUIVI], [65, 35])[0]
    return Intensite.SOUTENU if person.cas is not None else drawn


def _acts(histoire: Histoire, today: date) -> Iterator[Geste]:
    """Contacts and what else was done; a dossier that is over is closed last."""
    for contact in histoire.contacts:
        yield Geste(contact.jour, "noter", {"contact": contact})
    for jour in histoire.prevus:
        yield Geste(today - timedelta(days=1), "prevoir", {"le": jour})
    yield from histoire.gestes
    if histoire.clos_le is not None:
        yield Geste(histoire.clos_le, "cloturer", {"motif": histoire.motif})


def _identity(
    session: Session, maison: Maison, random: Random, dossier: Dossier, person: Personne, author: Acteur
) -> bool:
    """Who it is. False: somebody known by a nickname, who was not told yet."""
    at, today = instant(person.histoire.ouvert_le), person.histoire.ouvert_le
    pool = decor.PRENOMS_FEMININS if person.sexe is Sexe.FEMME else decor.PRENOMS_MASCULINS
    nom = random.choice(decor.NOMS)
    anonymous = person.cas.anonyme if person.cas else person.structure == "CLUB" and random.random() < 0.06
    told = {"informe_le": today, "informe_forme": random.choice(list(FormeInformation))}
    identite = {"prenom": random.choice(pool), "nom": nom, "date_naissance": person.naissance.isoformat()}
    contact = {"telephone": f"06 39 98 {random.randrange(100):02} {random.randrange(100):02}"}
    if anonymous:
        identite, contact = {"pseudonyme": random.choice(decor.PSEUDONYMES)}, {}
        told = {"informe_le": None, "informe_forme": None}
    common = {"acteur": author, "now": at, "today": today}
    jeunes.register(session, maison.vault, dossier, identite=identite, contact=contact, **told, **common)
    minor = (person.histoire.ouvert_le - person.naissance).days < 18 * 365
    if person.suivi and minor and not anonymous and random.random() < 0.8:
        _parent(session, maison, random, dossier, nom, told | common)
    return not anonymous


def _parent(session: Session, maison: Maison, random: Random, dossier: Dossier, nom: str, said: dict[str, Any]) -> None:
    prenom = random.choice(decor.PRENOMS_FEMININS + decor.PRENOMS_MASCULINS)
    told = {name: said.pop(name) for name in ("informe_le", "informe_forme")}
    fiche = FicheRepresentant(
        identite={"prenom": prenom, "nom": nom, "telephone": f"06 39 98 {random.randrange(10_000):04}"},
        lien=Lien.PARENT,
        autorite_parentale=AutoriteParentale.OUI,
        peut_etre_contacte=random.choices(list(PeutEtreContacte), [70, 5, 10, 15])[0],
        **told,
    )
    add_representant(session, maison.vault, dossier, fiche=fiche, representant_id=uuid4(), depot=uuid4(), **said)


def _referents(
    session: Session,
    random: Random,
    scene: Scene,
    dossier: Dossier,
    person: Personne,
    referent: Agent,
    *,
    today: date,
) -> None:
    """One in eight had another référent before."""
    opened, end = person.histoire.ouvert_le, person.histoire.clos_le or today
    others = [agent for agent in scene.agents[person.structure] if agent.id != referent.id]
    before = (
        random.choice(others) if person.cas is None and random.random() < 0.13 and (end - opened).days > 60 else None
    )
    first = before or referent
    common = {"acteur": Acteur.agent(first.id, first.structure_id), "par": first}
    made = referents.assign(
        session,
        dossier,
        to=first,
        motif=MotifAffectation.PREMIERE_AFFECTATION,
        now=instant(opened),
        today=opened,
        **common,
    )
    if before:
        then = opened + timedelta(days=random.randrange(30, (end - opened).days))
        passed = referents.hand_over(
            session, dossier, to=referent, motif=random.choice([MotifAffectation.SECTEUR, MotifAffectation.CHARGE]),
            note=None, affectation_id=uuid4(), remplace=made.id, now=instant(then), today=then, **common,
        )  # fmt: skip
        received = {"agent": referent, "acteur": acteur_of(referent), "now": instant(then, heure=SOIR)}
        services_passation.acknowledge(session, dossier, affectation_id=passed.id, **received)


def _team(session: Session, random: Random, scene: Scene, dossier: Dossier, person: Personne, author: Acteur) -> None:
    """Intervenants meet one young person in three of their structure."""
    day = person.histoire.ouvert_le
    for agent in scene.colleagues[person.structure]:
        if not agent.referent and random.random() < 0.35:
            referents.join_team(session, dossier, agent=agent, acteur=author, now=instant(day), today=day)


def _step(session: Session, keys: DossierKeys, dossier: Dossier, pas: Pas, author: Acteur, *, today: date) -> None:
    etape_id = uuid4()
    known = max(pas.debut, dossier.ouvert_le)
    words = (
        keys.seal(dossier.uid, {"texte": pas.precisions}, place=Place.ETAPE, row=etape_id) if pas.precisions else None
    )
    faits = Faits(
        pas.genre,
        pas.statut,
        pas.debut,
        pas.fin,
        pas.fin_prevue,
        pas.issue,
        pas.contrat,
        pas.niveau_vise,
        pas.heures,
        words,
    )
    services_etapes.add_etape(
        session, dossier, faits=faits, etape_id=etape_id, depot=uuid4(), acteur=author,
        now=instant(pas.fin or known), today=today,
    )  # fmt: skip
