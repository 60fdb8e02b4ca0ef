"""The équipe de suivi and the oppositions, as a browser meets them."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from app.referents.models import MembreEquipe
from app.referents.models_continuite import Opposition
from app.referents.queries_equipe import members_of
from app.referents.services_equipe import invite
from app.referents.vocabulaire import Finalite
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY, make_agent
from tests.referents.conftest import Equipe, statements
from tests.referents.test_equipe import CONVENU
from tests.referents.test_pages_relais import hidden, words

DIT = {
    "finalite": "logement",
    "sensibles": "logement",
    "echeance": "01/06/2026",
    "informe_le": "16/03/2026",
    "informe_forme": "orale",
    "accord": "accord",
}


@pytest.fixture
def nadia(signed_in) -> Navigateur:
    return signed_in("nadia")


def address(bureau: Equipe, *more: object) -> str:
    return "/".join(["/dossiers", bureau.dossier.code, "equipe", *map(str, more)])


def let_in(bureau: Equipe) -> None:
    """lea, of another structure, for the schooling."""
    with bureau.maison.database.writing() as session:
        dossier = session.merge(bureau.dossier)
        who = {"par": bureau.nadia, "acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        invite(session, dossier, agent=bureau.lea, partage=CONVENU, **who)


def test_a_partner_is_invited_from_the_structure_to_the_purpose(bureau, signed_in, nadia, rows) -> None:
    page = nadia.get(address(bureau, "inviter"))
    assert f"structure={bureau.ailleurs.id}" in page.text
    page = nadia.get(address(bureau, f"inviter?structure={bureau.ailleurs.id}"))
    assert bureau.lea.nom_complet in words(page.text)
    form = address(bureau, "inviter", bureau.lea.id)
    assert "aucune étape, sinon l’accès au logement" in words(nadia.get(form).text)
    # the tick that the purpose needs is proposed
    page = nadia.get(f"{form}?finalite=logement")
    assert 'value="logement" checked' in page.text
    assert 'value="13/09/2026"' in page.text
    refused = nadia.post(form, **(DIT | {"accord": None, "informe_le": "", "mots": None}))
    assert refused.status_code == 422
    assert 'value="01/06/2026"' in refused.text
    assert nadia.post(form, **DIT).location == address(bureau)
    (member,) = [row for row in rows(MembreEquipe) if row.agent_id == bureau.lea.id]
    assert (member.finalite, member.par_id) == (Finalite.LOGEMENT, bureau.nadia.id)
    assert nadia.post(form, **DIT).status_code == 303
    said = words(nadia.get(address(bureau)).text)
    assert bureau.lea.nom_complet in said
    assert "Accès au logement" in said
    assert "d’accord, informé le 16 mars 2026, de vive voix" in said
    assert signed_in("lea").get(f"/dossiers/{bureau.dossier.code}").status_code == 200
    # a member is changed, not invited twice
    assert nadia.get(form).location == address(bureau, bureau.lea.id)


def test_a_partner_reads_what_is_agreed_with_them_and_not_with_others(bureau, signed_in) -> None:
    let_in(bureau)
    with bureau.maison.database.writing() as session:
        autre = make_agent(session, bureau.ici)
        dossier = session.merge(bureau.dossier)
        who = {"par": bureau.nadia, "acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        invite(session, dossier, agent=autre, partage=CONVENU, **who)
        third = make_agent(session, session.merge(bureau.ailleurs))
        invite(session, dossier, agent=third, partage=CONVENU.__class__(**_said(Finalite.INSERTION)), **who)
    page = signed_in("lea").get(address(bureau))
    said = words(page.text)
    assert Finalite.SCOLARITE.label in said
    assert Finalite.INSERTION.label not in said
    assert third.nom_complet in said
    assert "Quitter l’équipe" in said
    assert "Opposition" not in said
    assert "Inviter" not in said


def _said(finalite: Finalite) -> dict:
    return {name: getattr(CONVENU, name) for name in CONVENU.__slots__} | {"finalite": finalite}


def test_what_is_agreed_is_corrected_and_two_texts_are_shown(bureau, nadia, rows) -> None:
    let_in(bureau)
    form = address(bureau, bureau.lea.id)
    page = nadia.get(form)
    version = hidden(page.text, "version")
    assert nadia.post(form, **DIT, version=version).status_code == 303
    conflict = nadia.post(form, **(DIT | {"finalite": "famille"}), version=version)
    assert conflict.status_code == 409
    assert "Soutien à la famille" in words(conflict.text)
    assert "Logement" in words(conflict.text)
    assert nadia.post(address(bureau, bureau.lea.id, "retirer")).status_code == 303
    assert nadia.get(form).status_code == 404
    assert [row.jusqu_au for row in rows(MembreEquipe) if row.agent_id == bureau.lea.id] == [TODAY]


def taken_out(bureau: Equipe, nadia: Navigateur) -> str:
    """lea is removed; the button that takes it back."""
    let_in(bureau)
    nadia.get(address(bureau))
    assert nadia.post(address(bureau, bureau.lea.id, "retirer")).location == address(bureau)
    page = nadia.get(address(bureau)).text
    assert "n’est plus dans l’équipe de suivi." in words(page)
    return re.search(r'action="(/actes/[^"]+/annuler)"', page)[1]


def test_a_member_removed_by_mistake_is_back_as_they_were(bureau, signed_in, nadia, rows) -> None:
    undo = taken_out(bureau, nadia)
    lea = signed_in("lea")
    assert lea.get(f"/dossiers/{bureau.dossier.code}").status_code == 404
    answer = nadia.post(undo)
    assert (answer.status_code, answer.location) == (303, address(bureau))
    assert "tout est comme avant" in words(nadia.get(address(bureau)).text)
    (member,) = [row for row in rows(MembreEquipe) if row.agent_id == bureau.lea.id]
    assert (member.jusqu_au, member.finalite) == (None, CONVENU.finalite)
    assert lea.get(f"/dossiers/{bureau.dossier.code}").status_code == 200


def test_nobody_comes_back_over_an_opposition(bureau, nadia, rows) -> None:
    undo = taken_out(bureau, nadia)
    page = f"/dossiers/{bureau.dossier.code}/opposition"
    sent = {"depot": hidden(nadia.get(page).text, "depot"), "structure": bureau.ailleurs.id, "le": "17/03/2026"}
    assert nadia.post(page, **sent).status_code == 303
    assert nadia.post(undo).status_code == 303
    assert "tout est comme avant" not in words(nadia.get(address(bureau)).text)
    assert [row.jusqu_au for row in rows(MembreEquipe) if row.agent_id == bureau.lea.id] == [TODAY]


def test_an_opposition_is_noted_respected_and_lifted(bureau, signed_in, nadia, rows) -> None:
    let_in(bureau)
    page = f"/dossiers/{bureau.dossier.code}/opposition"
    depot = hidden(nadia.get(page).text, "depot")
    sent = {"depot": depot, "structure": bureau.ailleurs.id, "le": "17/03/2026"}
    assert nadia.post(page, **(sent | {"structure": bureau.ici.id})).status_code == 422
    assert nadia.post(page, **sent).status_code == 303
    assert nadia.post(page, **sent).status_code == 303
    assert nadia.post(page, **(sent | {"le": "16/03/2026"})).status_code == 409
    assert signed_in("lea").get(f"/dossiers/{bureau.dossier.code}").status_code == 404
    chosen = nadia.get(address(bureau, f"inviter?structure={bureau.ailleurs.id}"))
    assert bureau.lea.nom_complet not in words(chosen.text)
    assert "ne souhaite pas" in words(nadia.post(address(bureau, "inviter", bureau.lea.id), **DIT).text)
    relais = nadia.get(f"/dossiers/{bureau.dossier.code}/referent")
    given = {name: hidden(relais.text, name) for name in ("depot", "remplace")}
    refused = nadia.post(f"/dossiers/{bureau.dossier.code}/referent", **given, agent=bureau.lea.id, motif="charge")
    assert refused.status_code == 422
    assert "ne souhaite pas" in words(refused.text)
    (opposition,) = rows(Opposition)
    said = words(nadia.get(address(bureau)).text)
    assert "Le jeune a changé d’avis" in said
    assert nadia.post(f"{page}/{uuid4()}/lever").status_code == 404
    assert nadia.post(f"{page}/{opposition.id}/lever").status_code == 303
    assert rows(Opposition)[0].levee_le == TODAY


def test_the_page_costs_the_same_whoever_is_there(bureau, nadia) -> None:
    engines = bureau.maison.database.engines
    with statements(engines.read) as few:
        nadia.get(address(bureau))
    with bureau.maison.database.writing() as session:
        dossier, place = session.merge(bureau.dossier), session.merge(bureau.ailleurs)
        who = {"par": bureau.nadia, "acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        for _ in range(5):
            invite(session, dossier, agent=make_agent(session, place), partage=CONVENU, **who)
    with statements(engines.read) as more:
        nadia.get(address(bureau))
    assert len(few) == len(more) <= 10
    with bureau.maison.database.reading() as session:
        assert len(members_of(session, bureau.dossier.id, today=TODAY + timedelta(days=1))) == 6
