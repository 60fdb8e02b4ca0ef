"""Writing one follow-up: through the services and all their hooks, durable, against the disk alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from uuid import uuid4

from sqlalchemy import bindparam, insert, select, update

from app.audit.services import Acteur
from app.parcours.models import Etat, Suivi
from app.parcours.services_suivis import log_suivi
from app.parcours.vocabulaire import Canal, Resultat, Theme, Visibilite
from app.referents.queries import load_visible
from app.vault.places import Place
from bench.banc import Banc, ordinary_codes, referent
from bench.chrono import Durees, alternate, ms
from bench.plancher import synced_writes
from bench.rapport import Budget, Ligne, at_least

TEXTE = "Point sur les démarches en cours. Carte d’identité à renouveler."
SECONDES_DISQUE = 1.0
FOIS = 200


def service_write(banc: Banc) -> Callable[[], None]:
    """A call that notes a follow-up in the transaction that a page would use: visible dossier, sealed words, rules,
    journal of access, state, situations, alerts, one durable commit."""
    with banc.maison.database.reading() as session:
        agent = referent(session)
        codes = cycle(ordinary_codes(session, agent))
    acteur = Acteur.agent(agent.id, agent.structure_id)

    def write() -> None:
        with banc.maison.database.writing() as session:
            found = load_visible(session, next(codes), agent=agent, today=banc.today)
            row, uid = uuid4(), found.dossier.uid
            log_suivi(
                session,
                found.dossier,
                agent=agent,
                acteur=acteur,
                jour=banc.today,
                canal=Canal.TELEPHONE,
                resultat=Resultat.ECHANGE_FAIT,
                themes=(Theme.EMPLOI,),
                note=banc.maison.vault.keys([uid]).seal(uid, {"texte": TEXTE}, place=Place.NOTE, row=row),
                suivi_id=row,
                depot=uuid4(),
                now=banc.now,
                today=banc.today,
            )

    return write


def bare_write(banc: Banc) -> Callable[[], None]:
    """A call that writes the row of a follow-up and its state row, and nothing else: what durability alone costs."""
    with banc.maison.database.reading() as session:
        agent = referent(session)
        ids = cycle(session.scalars(select(Etat.dossier_id).where(Etat.referent_id == agent.id)).all())
    etats = Etat.__table__
    add = insert(Suivi.__table__)
    seen = {name: bindparam(f"_{name}") for name in ("dernier_contact", "derniere_tentative")}
    move = update(etats).where(etats.c.dossier_id == bindparam("_id")).values(seen)
    engine = banc.maison.database.engines.write

    def write() -> None:
        dossier_id, today = next(ids), banc.today
        row = {
            "dossier_id": dossier_id,
            "id": uuid4(),
            "jour": today,
            "agent_id": agent.id,
            "canal": Canal.TELEPHONE,
            "resultat": Resultat.ECHANGE_FAIT,
            "themes": (),
            "visibilite": Visibilite.MON_EQUIPE,
            "note": bytes(285),
            "cree_le": banc.now,
            "depot": uuid4(),
            "version": 1,
        }
        with engine.begin() as connection:
            connection.execute(add, row)
            connection.execute(move, {"_id": dossier_id, "_dernier_contact": today, "_derniere_tentative": today})

    return write


def transaction(banc: Banc) -> list[Ligne]:
    """Durable transactions without HTTP against the disk: the rate of one writer."""
    folder = banc.lieu.instance
    before = synced_writes(folder, seconds=SECONDES_DISQUE)
    durations = alternate({"service": service_write(banc), "bare": bare_write(banc)}, tours=FOIS // 20, par_tour=20)
    disk = (before + synced_writes(folder, seconds=SECONDES_DISQUE)) / 2
    budget = at_least(0.4 if banc.lieu.moteur == "sqlite" else 0.1)
    return [
        _rate("Durable transaction: a follow-up and its state row, bare", durations["bare"], disk, budget),
        _rate("The same by the services: rules, sealing, journal, alerts", durations["service"], disk, budget),
    ]


def _rate(travail: str, durations: Durees, disk: float, budget: Budget) -> Ligne:
    rate = len(durations.mur) / sum(durations.mur)
    measure = f"{rate:,.0f}/s, {ms(durations.mediane)} of CPU"
    return Ligne(travail, measure, f"fdatasync of 4 KiB: {disk:,.0f}/s", rate / disk, budget)
