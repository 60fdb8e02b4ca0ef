"""Whatever writes, the state row, the situations, the référent and the alerts say what a full computation says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.maison import jour_de
from app.alertes.queries_ecarts import differing, slices
from app.alertes.services import Bilan, compare, scan
from app.parcours.etat import drift
from app.parcours.models import Etat
from app.referents.models import Affectation
from app.referents.vocabulaire import ActeRevue
from tests.conftest import FrozenClock
from tests.http.conftest import Monde
from tests.http.formulaires import Attaque, Champs, Formulaire, besiege

# Two months after the last exchange, so that each rule has something to say.
LATER = timedelta(days=60)
JOUR = "16/05/2026"
# What is typed, by the name of the field; what is chosen stays as the page proposes it.
SAID = {
    "debut": "02/05/2026", "fin": JOUR, "le": JOUR, "prochain_jour": "22/05/2026", "naissance": "2009",
    "jusqu_au": "22/05/2026", "jeune_informe_le": JOUR,
    "pseudonyme": "Loupiotte", "nom": "Quatremoulin", "telephone": "", "courriel": "", "informe_le": "05/01/2026",
}  # fmt: skip
CHOSEN = {"informe_forme": "orale", "quand": "aujourdhui", "clore": ""}


# What the dossiers are followed by: each of these must have been tried and have written.
WRITERS = {
    "suivis.noter", "suivis.rapide", "suivis.suivi", "etapes.ajouter", "etapes.etape", "etapes.agir",
    "contacts.prevoir", "contacts.deplacer", "contacts.annuler", "referents.relais", "cloture.clore", "cloture.rouvrir",
    "cloture.intensite", "revue.decider", "jeunes.nouveau", "jeunes.identite", "agents.desactiver", "agents.reactiver",
    "attentes.poser", "attentes.reprendre", "verifications.confirmer", "verifications.repondre",
    "verifications.annuler", "jeunes.informe",
    "demandes.repondre", "representants.nouveau", "representants.corriger", "representants.retirer",
}  # fmt: skip


def faults_of(house) -> list[str]:
    """What a full computation would change."""
    now, found = house.clock(), []
    with house.database.reading() as session:
        if drift(session):
            found.append("state rows or situations")
        open_ones = select(Affectation.dossier_id, Affectation.agent_id).where(Affectation.fin.is_(None))
        held = select(Etat.dossier_id, Etat.referent_id).where(Etat.referent_id.is_not(None))
        if set(session.execute(open_ones).all()) != set(session.execute(held).all()):
            found.append("référents")
    with house.database.open_write() as session:
        ranges = slices(session)
        if any(differing(session, today=jour_de(now), premier=first, dernier=last) for first, last in ranges):
            found.append("alerts")
        ids = session.scalars(select(Etat.dossier_id)).all()
        if compare(session, ids, today=jour_de(now)):
            found.append("alerts that count birthdays, or next dates")
        if scan(session, today=jour_de(now), now=now) != Bilan():
            found.append("alerts opened or closed")
        session.rollback()
    return found


@pytest.fixture
def attaque(app: Flask, house, monde: Monde, connect: Callable, clock: FrozenClock) -> Attaque:
    clock.now += LATER
    with house.database.writing() as session:
        assert scan(session, today=jour_de(clock.now), now=clock.now).ouvertes
    return besiege(app, house, monde, connect)


def test_every_form_that_writes_leaves_nothing_to_recompute(app: Flask, house, monde: Monde, attaque: Attaque) -> None:
    adapter = app.url_map.bind("localhost")
    wrote, faults = set(), []
    for form in attaque.forms:
        for champs in _answers(form, monde.ids["territoire_id"]):
            status = attaque.send(form, champs)
            if status < 400 and attaque.etat.changed():
                wrote.add(adapter.match(form.action.split("?")[0], method="POST")[0])
                faults += [f"{form}: {fault}" for fault in faults_of(house)]
            attaque.come_back()
    assert faults == []
    assert WRITERS - wrote == set()


def _answers(form: Formulaire, territoire_id: object) -> list[Champs]:
    """As it was shown, then filled in; each act of the review."""
    typed = SAID | {"jour": "20/05/2026" if "contacts-prevus" in form.action else JOUR}
    chosen = CHOSEN | ({"territoire_id": str(territoire_id)} if form.action == "/dossiers/nouveau" else {})
    if form.action.split("?")[0].endswith("/cloture"):
        # the page that looks for somebody leads here with a reason that is not earned yet
        chosen["motif"] = "demande_du_jeune"
    filled = [(name, (typed if name in form.libres else chosen).get(name, shown)) for name, shown in form.champs]
    if form.action != "/revue/dossier":
        return [list(form.champs), filled]
    return [[(name, act if name == "acte" else shown) for name, shown in filled] for act in ActeRevue]
