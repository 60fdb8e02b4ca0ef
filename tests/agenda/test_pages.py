"""Promise: the month says who, when and what, to those who may see them, at a constant cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.jeunes import services as jeunes
from app.jeunes.vocabulaire import FormeInformation
from app.parcours import services_suivis
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, StatutEtape
from tests.accounts.conftest import Navigateur
from tests.agenda.conftest import DEMAIN, MERCREDI, Equipe, plan, step
from tests.alertes.test_pages import counted, words
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier

Write = Callable[[Callable[[], None]], None]


def name(equipe: Equipe, prenom: str, nom: str) -> None:
    jeunes.register(
        equipe.session, equipe.maison.vault, equipe.dossier, identite={"prenom": prenom, "nom": nom}, contact={},
        informe_le=date(2026, 1, 5), informe_forme=FormeInformation.ORALE,
        acteur=equipe.acteur(equipe.nadia), now=NOW, today=TODAY,
    )  # fmt: skip


def day(page: str, number: str) -> str:
    """What the square of that day says."""
    squares = re.findall(r'<li class="jour.*?(?=<li class="jour|</ol>)', page, re.DOTALL)
    return next(words(f"<main>{one}</main>") for one in squares if f'jour-numero">{number}</span>' in one)


def test_the_month_says_who_when_and_what(bureau: Equipe, writing: Write, signed_in: Any, house: Any) -> None:
    def fill() -> None:
        name(bureau, "Yanis", "Kaci")
        plan(bureau, bureau.nadia, DEMAIN)
        plan(bureau, bureau.nadia, TODAY)
        step(bureau, GenreEtape.FORMATION, StatutEtape.PREVUE, MERCREDI)
        services_suivis.log_suivi(
            bureau.session, bureau.dossier, agent=bureau.nadia, jour=TODAY, canal=Canal.TELEPHONE,
            resultat=Resultat.ECHANGE_FAIT, suivi_id=uuid4(), depot=uuid4(),
            acteur=bureau.acteur(bureau.nadia), now=NOW, today=TODAY,
        )  # fmt: skip

    writing(fill)
    nadia = signed_in("nadia")
    answer = nadia.get("/agenda/mois")
    assert "Mars 2026" in words(answer.text)
    assert "<title>Agenda, mars 2026 · Parcours</title>" in answer.text
    assert "Mercredi 18 mars 10 h 30 Yanis Kaci Téléphone" in day(answer.text, "18")
    assert "Mardi 17 mars · aujourd’hui 10 h 30 Yanis Kaci Téléphone · tenu" in day(answer.text, "17")
    assert "Yanis Kaci Début prévu : formation" in day(answer.text, "25")
    assert f'href="/dossiers/{bureau.dossier.code}"' in answer.text
    with house.database.reading() as session:
        line = session.execute(select(EntreeJournal).order_by(EntreeJournal.id.desc()).limit(1)).scalar_one()
    assert (line.action, line.nombre, line.dossier) == (Action.LISTE_CONSULTEE, 1, None)
    nadia.wait(days=8, minutes=-40)
    nadia.sign_in(bureau.nadia)
    assert "Téléphone · à mettre à jour" in day(nadia.get("/agenda/mois").text, "18")


def test_neighbouring_months_and_holidays(bureau: Equipe, signed_in: Any) -> None:
    nadia = signed_in("nadia")
    may = nadia.get("/agenda/mois?mois=2026-05").text
    assert "Rien n’est prévu ce mois-là" in words(may)
    assert 'href="/agenda/mois?mois=2026-04"' in may
    assert 'href="/agenda/mois?mois=2026-06"' in may
    assert "Ascension" in day(may, "14")
    assert 'class="mois mois-depuis-5"' in may
    assert 'aria-current="date"' not in may
    assert "Mars 2026" in words(nadia.get("/agenda/mois?mois='<b>").text)
    assert 'rel="next"' not in nadia.get("/agenda/mois?mois=2199-12").text
    # the members of nobody's équipe have a calendar too, an empty one
    assert "Rien n’est prévu" in words(signed_in("lea").get("/agenda/mois").text)


def test_a_full_day_is_folded_and_statements_do_not_grow(
    bureau: Equipe, writing: Write, signed_in: Any, house: Any
) -> None:
    nadia: Navigateur = signed_in("nadia")
    counts = []
    for size in (1, 7):

        def fill(size: int = size) -> None:
            for _ in range(size):
                bureau.dossier = make_dossier(bureau.session, house, bureau.ici, referent=bureau.nadia)
                name(bureau, "Yanis", "Kaci")
                plan(bureau, bureau.nadia, MERCREDI)

        writing(fill)
        with counted(house) as sent:
            page = nadia.get("/agenda/mois").text
        counts.append(len([one for one in sent if one != "BEGIN"]))
    assert "Et 4 autres" in day(page, "25")
    assert day(page, "25").count("Yanis") == 8
    # the session, the menu, what waits for an answer, and four of its own: planned and legal days, dossiers, keys
    assert counts[0] == counts[1] <= 6


def test_a_name_that_no_longer_opens_stops_nothing(bureau: Equipe, writing: Write, signed_in: Any, house: Any) -> None:
    writing(lambda: plan(bureau, bureau.nadia, date(2026, 3, 31) - timedelta(days=1)))
    assert bureau.dossier.code in words(signed_in("nadia").get("/agenda/mois").text)
