"""The e-mails of the morning, given to a real mail server: who, what, once, and without a name."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from app.accounts.models import Agent, Structure
from app.alertes import courriels, courriels_poste, planification
from app.alertes.courriels import EnvoisARefaire, send_digests
from app.alertes.courriels_poste import EnvoiRefuse, Refus
from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.models_taches import EnvoiCourriel
from app.alertes.rules_courriels import jour_ouvre, ouvre_la_semaine
from app.alertes.vocabulaire import GenreEvenement, Regle, StatutEnvoi
from app.config import Settings, Smtp
from app.parcours.models import Dossier
from app.programme.models import Territoire
from app.vault.places import Place
from tests.alertes.courriers import LUNDI, MARDI, Boite, hang_up, listening, process, text_of, with_smtp
from tests.alertes.monde import Monde, jours


class Agence:
    """A house with a mail server: agents, dossiers, and alerts written as the engine writes them."""

    def __init__(self, house, boite: Boite, smtp: Smtp) -> None:
        self.house, self.boite, self.smtp = house, boite, smtp
        with self.house.database.writing() as session:
            self.monde = Monde(session)

    def agent(self, **roles: object) -> int:
        with self.house.database.writing() as session:
            self.monde.session = session
            return self.monde.agent(**roles)

    def alerte(self, referent: int | None, regle: Regle = Regle.SILENCE, *, gravite: int = 2, **values) -> str:
        """A young person of `referent` with one alert; the code of the dossier."""
        with self.house.database.writing() as session:
            self.monde.session = session
            dossier = self.monde.dossier(referent, **{k: values.pop(k) for k in ("structure_id",) if k in values})
            self.another(dossier, regle, gravite=gravite, **values)
            return session.scalar(select(Dossier.code).where(Dossier.id == dossier))

    def another(self, dossier: int, regle: Regle, *, gravite: int = 2, **values) -> None:
        day = date(2026, 3, 1)
        given = {"depuis": day, "due": day, "faits": {}, "ouverte_le": LUNDI, "cle": "x", "reprises": 0} | values
        self.monde.session.execute(
            insert(Alerte.__table__).values(dossier_id=dossier, regle=regle, gravite=gravite, **given)
        )

    def change(self, model: type, identifiant: int, **values) -> None:
        with self.house.database.writing() as session:
            session.execute(update(model.__table__).where(model.__table__.c.id == identifiant).values(**values))

    def address(self, agent: int) -> str:
        with self.house.database.reading() as session:
            return session.scalar(select(Agent.courriel).where(Agent.id == agent))

    def send(self, now: datetime = MARDI) -> str:
        self.house.clock.now = now
        try:
            return send_digests(self.house, now.date().isoformat(), now=now)
        except EnvoisARefaire as again:
            return f"{again.bilan} encore"

    def envois(self) -> dict[int, StatutEnvoi]:
        with self.house.database.reading() as session:
            return {row.agent_id: row.statut for row in session.scalars(select(EnvoiCourriel))}

    def annonces(self) -> list[tuple[int, str]]:
        """(agent, code of the dossier) of each alert whose history says that an e-mail told it."""
        with self.house.database.reading() as session:
            query = (
                select(EvenementAlerte.agent_id, Dossier.code)
                .join(Alerte, Alerte.id == EvenementAlerte.alerte_id)
                .join(Dossier, Dossier.id == Alerte.dossier_id)
                .where(EvenementAlerte.genre == GenreEvenement.COURRIEL)
            )
            return sorted(tuple(row) for row in session.execute(query))


@pytest.fixture
def boite() -> Boite:
    return Boite()


@pytest.fixture
def smtp(boite: Boite) -> Iterator[Smtp]:
    with listening(boite) as smtp:
        yield smtp


@pytest.fixture
def agence(settings: Settings, build: Callable, boite: Boite, smtp: Smtp) -> Agence:
    return Agence(build(with_smtp(settings, smtp)), boite, smtp)


@pytest.fixture
def sqlite_agence(sqlite_settings: Settings, build: Callable, boite: Boite, smtp: Smtp) -> Agence:
    return Agence(build(with_smtp(sqlite_settings, smtp)), boite, smtp)


# --- when


@pytest.mark.parametrize(
    "jour",
    ["2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14", "2026-08-15",
     "2026-11-11", "2026-12-25", "2027-03-29", "2026-03-14", "2026-03-15"],
)  # fmt: skip
def test_holidays_and_weekends_are_not_worked(jour: str) -> None:
    assert not jour_ouvre(date.fromisoformat(jour))


def test_2026_has_its_252_working_days() -> None:
    assert sum(jour_ouvre(date(2026, 1, 1) + jours(n)) for n in range(365)) == 252
    # Good Friday and 26 December are holidays in Alsace and Moselle alone
    assert jour_ouvre(date(2026, 4, 3))
    assert jour_ouvre(date(2022, 12, 26))


def test_each_week_is_opened_once_on_its_first_working_day() -> None:
    weeks: dict[tuple[int, int], list[date]] = {}
    for n in range(3 * 364):
        day = date(2025, 12, 29) + jours(n)
        found = weeks.setdefault(day.isocalendar()[:2], [])
        if ouvre_la_semaine(day):
            found.append(day)
    assert all(len(days) == 1 for days in weeks.values())
    assert weeks[2026, 15] == [date(2026, 4, 7)]
    assert weeks[2026, 12] == [date(2026, 3, 16)]


def test_nothing_leaves_on_a_holiday_for_another_day_or_without_a_server(
    sqlite_agence: Agence, build, settings
) -> None:
    sqlite_agence.alerte(sqlite_agence.agent())
    for now in (datetime(2026, 4, 6, 6, tzinfo=UTC), datetime(2026, 3, 15, 6, tzinfo=UTC)):
        assert sqlite_agence.send(now) == "envoyes=0 echoues=0 sans_objet=0"
    assert send_digests(sqlite_agence.house, "2026-03-16", now=MARDI) == "envoyes=0 echoues=0 sans_objet=0"
    mute = build(with_smtp(sqlite_agence.house.settings, None))
    assert send_digests(mute, "2026-03-17", now=MARDI) == "envoyes=0 echoues=0 sans_objet=0"
    assert sqlite_agence.boite.recus == []
    assert sqlite_agence.envois() == {}


# --- to whom


def test_those_who_answer_for_somebody_are_told_and_nobody_else(agence: Agence) -> None:
    referent, disabled, opted_out, idle = agence.agent(), agence.agent(), agence.agent(), agence.agent()
    member, alone = agence.agent(intervenant=True), agence.agent(intervenant=True)
    others = [agence.agent(**{role: True}) for role in ("responsable", "dpo", "administrateur", "coordinateur")]
    for agent in (referent, disabled, opted_out):
        code = agence.alerte(agent)
    shared = agence.alerte(referent)
    with agence.house.database.writing() as session:
        agence.monde.session = session
        agence.monde.membre(session.scalar(select(Dossier.id).where(Dossier.code == shared)), member)
    agence.change(Agent, disabled, desactive_le=LUNDI)
    agence.change(Agent, opted_out, courriel_matin=False)

    assert agence.send() == "envoyes=2 echoues=0 sans_objet=3"

    assert sorted(agence.boite.a) == sorted([agence.address(referent), agence.address(member)])
    told = agence.boite.textes()[agence.address(member)]
    assert shared in told
    assert code not in told
    assert {*agence.envois()} == {referent, member}
    assert not {idle, alone, *others} & {*agence.envois()}


def test_a_coordinateur_reads_the_counts_of_the_structure_on_the_first_working_day(agence: Agence) -> None:
    with agence.house.database.writing() as session:
        agence.monde.session = session
        elsewhere = agence.monde.structure()
    coordinateur, referent = agence.agent(coordinateur=True), agence.agent()
    gone = agence.agent(desactive_le=LUNDI, referent=True)
    codes = [agence.alerte(referent), agence.alerte(referent, escaladee_le=LUNDI), agence.alerte(gone)]
    codes += [agence.alerte(None, Regle.SANS_REFERENT, gravite=1)]
    agence.alerte(referent, reportee_au=date(2026, 12, 1))
    agence.alerte(referent, Regle.AGE, fermee_le=LUNDI)
    agence.alerte(None, Regle.SANS_REFERENT, structure_id=elsewhere)

    agence.send(LUNDI)
    agence.send(MARDI)

    (text,) = [text_of(lu) for lu in agence.boite.lus() if lu["To"] == agence.address(coordinateur)]
    assert "Dossiers dont personne ne répond : 2\n" in text
    assert "Alertes portées à la coordination : 1\n" in text
    assert "  Alertes ouvertes, par règle :\n    Silence : 3\n    Sans référent : 1\n" in text
    assert "Un âge qui compte" not in text
    assert not any(code in text for code in codes)
    assert agence.boite.a.count(agence.address(referent)) == 2


def test_when_monday_is_a_holiday_the_coordinateur_reads_on_tuesday(sqlite_agence: Agence) -> None:
    sqlite_agence.agent(coordinateur=True)
    sqlite_agence.alerte(None, Regle.SANS_REFERENT)
    days = [datetime(2026, 4, day, 6, tzinfo=UTC) for day in range(6, 11)]
    assert [sqlite_agence.send(day)[:9] for day in days] == ["envoyes=0", "envoyes=1"] + ["envoyes=0"] * 3


def test_who_coordinates_and_follows_receives_one_email_with_both(agence: Agence) -> None:
    both = agence.agent(referent=True, coordinateur=True)
    code = agence.alerte(both)
    assert agence.send(LUNDI) == "envoyes=1 echoues=0 sans_objet=0"
    (text,) = agence.boite.textes().values()
    assert code in text
    assert "Votre structure" in text


# --- what


def test_the_seven_first_are_named_and_all_are_counted(agence: Agence) -> None:
    referent = agence.agent()
    codes = [agence.alerte(referent, Regle.SILENCE, gravite=2, due=date(2026, 3, 1) + jours(n)) for n in range(9)]
    gravest = agence.alerte(referent, Regle.DECROCHAGE_QUI_DURE, gravite=1, due=date(2026, 3, 10))
    with agence.house.database.writing() as session:
        agence.monde.session = session
        agence.another(session.scalar(select(Dossier.id).where(Dossier.code == gravest)), Regle.AGE, gravite=4)
    put_off = agence.alerte(referent, reportee_au=date(2026, 3, 18))
    back = agence.alerte(referent, gravite=1, due=date(2026, 3, 12), reportee_au=date(2026, 3, 17))

    assert agence.send() == "envoyes=1 echoues=0 sans_objet=0"

    (text,) = agence.boite.textes().values()
    assert "Ce mardi 17 mars, vos alertes parlent de 11 jeunes." in text
    assert "les 7 premiers dossiers" in text
    told = [code for code in [*codes, gravest, put_off, back] if code in text]
    assert sorted(told) == sorted([gravest, back, *codes[:5]])
    # a code stands alone: what is said of a young person waits behind the sign-in
    assert f"  {gravest}\n" in text
    assert not any(regle.label in text for regle in Regle)
    assert agence.annonces() == sorted((referent, code) for code in told)


def test_an_email_is_plain_text_that_says_where_to_stop_it(sqlite_agence: Agence) -> None:
    code = sqlite_agence.alerte(sqlite_agence.agent())
    sqlite_agence.send()
    (message,) = sqlite_agence.boite.lus()
    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()
    assert message["Subject"] == "Parcours : vos alertes du matin"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == MARDI
    assert message["Message-ID"].endswith("@exemple.test>")
    links = re.findall(r"https?://\S+", message.get_content())
    assert links == ["https://parcours.exemple.test/ma-journee", "https://parcours.exemple.test/mon-compte"]
    assert not any(code in link for link in links)
    assert "Pour ne plus le recevoir" in message.get_content()
    assert "parlent d’un jeune." in message.get_content()


def test_no_name_is_in_what_leaves(sqlite_agence: Agence) -> None:
    """Everything that names somebody or something is planted, and looked for in the bytes, read or not."""
    planted = ["Zéphyrine", "Quatremaille", "Népomucène", "Wladyslawa", "Hautes-Brumes", "Maison-Tournesol",
               "2009-07-23", "23/07/2009", "06 39 98 12 34", "0639981234"]  # fmt: skip
    house = sqlite_agence.house
    referent = sqlite_agence.agent(referent=True, coordinateur=True)
    code = sqlite_agence.alerte(referent)
    sqlite_agence.change(Agent, referent, prenom="Népomucène", nom="Wladyslawa")
    sqlite_agence.change(Structure, sqlite_agence.monde.structure_id, nom="Maison-Tournesol")
    sqlite_agence.change(Territoire, sqlite_agence.monde.territoire_id, nom="Hautes-Brumes")
    with house.database.reading() as session:
        dossier, uid = session.execute(select(Dossier.id, Dossier.uid).where(Dossier.code == code)).one()
    house.vault.create_key(uid)
    content = {"prenom": "Zéphyrine", "nom": "Quatremaille", "date_naissance": "2009-07-23", "telephone": "0639981234"}
    sealed = house.vault.keys([uid]).seal(uid, content, place=Place.IDENTITE, row=uid)
    with house.database.writing() as session:
        sqlite_agence.monde.session = session
        sqlite_agence.monde.identite(dossier, sealed)

    sqlite_agence.send(LUNDI)

    (envelope,), (message,) = sqlite_agence.boite.recus, sqlite_agence.boite.lus()
    whole = envelope.content.decode("ascii") + message.get_content() + "".join(map(str, message.values()))
    assert code in whole
    assert not [word for word in planted if word.casefold() in whole.casefold()]
    assert not re.search(r"\d", message["Subject"])


# --- once


def test_the_same_morning_again_sends_nothing(agence: Agence) -> None:
    agence.alerte(agence.agent())
    assert agence.send() == "envoyes=1 echoues=0 sans_objet=0"
    assert agence.send(MARDI + timedelta(hours=3)) == "envoyes=0 echoues=0 sans_objet=0"
    assert len(agence.boite.recus) == 1
    assert len(agence.annonces()) == 1
    agence.send(MARDI + timedelta(days=1))
    assert len(agence.boite.recus) == 2


def test_a_refused_address_stops_nobody_else_and_is_tried_again(agence: Agence) -> None:
    agents = [agence.agent() for _ in range(3)]
    for agent in agents:
        agence.alerte(agent)
    agence.boite.refuse = {agence.address(agents[1]): "550 5.1.1 no such user"}

    assert agence.send() == "envoyes=2 echoues=1 sans_objet=0"

    assert agence.envois()[agents[1]] is StatutEnvoi.ECHOUE
    assert agents[1] not in {agent for agent, _ in agence.annonces()}
    assert len(agence.boite.connexions) == 1
    agence.boite.refuse = {}
    assert agence.send() == "envoyes=1 echoues=0 sans_objet=0"
    assert sorted(agence.boite.a) == sorted(map(agence.address, agents))


@pytest.mark.parametrize("adresse", ["prénom@exemple.test", "a b@exemple.test", "a@" + "é" * 200, "seul", "a@b\nc"])
def test_an_address_that_no_message_can_bear_stops_nobody_else(sqlite_agence: Agence, adresse: str) -> None:
    agents = [sqlite_agence.agent() for _ in range(2)]
    for agent in agents:
        sqlite_agence.alerte(agent)
    sqlite_agence.change(Agent, agents[0], courriel=adresse)
    assert sqlite_agence.send() == "envoyes=1 echoues=1 sans_objet=0"
    assert sqlite_agence.boite.a == [sqlite_agence.address(agents[1])]


def test_a_line_cut_before_the_message_left_is_tried_again_on_a_new_one(agence: Agence) -> None:
    agents = [agence.agent() for _ in range(3)]
    for agent in agents:
        agence.alerte(agent)
    cuts = iter([True])
    agence.boite.avant = lambda server: hang_up(server) and None if next(cuts, False) else None

    assert agence.send() == "envoyes=2 echoues=1 sans_objet=0 encore"

    assert len(agence.boite.connexions) == 2
    assert agence.send() == "envoyes=1 echoues=0 sans_objet=0"
    assert sorted(agence.boite.a) == sorted(map(agence.address, agents))


def test_a_line_cut_after_the_message_left_is_a_doubt_and_is_never_sent_again(agence: Agence) -> None:
    agents = [agence.agent() for _ in range(2)]
    for agent in agents:
        agence.alerte(agent)
    cuts = iter([True])
    agence.boite.apres = lambda server: hang_up(server) if next(cuts, False) else "250 Ok"

    assert agence.send() == "envoyes=1 echoues=0 sans_objet=0 incertains=1"

    assert agence.send() == "envoyes=0 echoues=0 sans_objet=0"
    assert agence.boite.a == [agence.address(agent) for agent in agents]
    assert agence.envois() == {agents[0]: StatutEnvoi.PRIS, agents[1]: StatutEnvoi.ENVOYE}


def test_a_message_that_the_server_refuses_once_read_is_tried_again(agence: Agence) -> None:
    agence.alerte(agence.agent())
    agence.boite.apres = lambda server: "452 4.3.1 full"
    assert agence.send() == "envoyes=0 echoues=1 sans_objet=0 encore"
    agence.boite.apres = None
    assert agence.send() == "envoyes=1 echoues=0 sans_objet=0"


def test_a_server_that_is_down_is_not_asked_for_everybody(
    agence: Agence, build: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    agents = [agence.agent() for _ in range(5)]
    for agent in agents:
        agence.alerte(agent)
    asked = []
    real = courriels_poste.smtplib.SMTP

    def counted(*args, **named):
        asked.append(args)
        return real(*args, **named)

    monkeypatch.setattr(courriels_poste.smtplib, "SMTP", counted)
    with listening(Boite()) as closed:
        pass
    down = build(with_smtp(agence.house.settings, closed))
    with pytest.raises(EnvoisARefaire, match=r"^envoyes=0 echoues=5 sans_objet=0$"):
        send_digests(down, "2026-03-17", now=MARDI)
    assert len(asked) == courriels.PANNES_MAX
    assert agence.send() == "envoyes=5 echoues=0 sans_objet=0"
    assert sorted(agence.boite.a) == sorted(map(agence.address, agents))


def test_only_failures_in_a_row_tell_that_the_server_is_down(agence: Agence, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        agence.alerte(agence.agent())
    answers = iter([Refus.CONNEXION, Refus.DESTINATAIRE, Refus.CONNEXION])

    def send(*args, **named):
        if (refus := next(answers, None)) is not None:
            raise EnvoiRefuse(refus)

    monkeypatch.setattr(courriels_poste.Poste, "send", send)
    assert agence.send() == "envoyes=2 echoues=3 sans_objet=0 encore"


class Killed(BaseException):
    """As nothing that the code catches."""


@pytest.mark.parametrize("instant", ["before", "after"])
def test_a_crash_around_the_sending_never_sends_twice(
    agence: Agence, monkeypatch: pytest.MonkeyPatch, instant: str
) -> None:
    agence.alerte(agence.agent())
    real = courriels_poste.Poste.send

    def crash(*args, **named) -> None:
        if instant == "after":
            real(*args, **named)
        raise Killed

    monkeypatch.setattr(courriels_poste.Poste, "send", crash)
    with pytest.raises(Killed):
        agence.send()
    monkeypatch.undo()
    assert agence.send() == "envoyes=0 echoues=0 sans_objet=0"
    assert len(agence.boite.recus) == (instant == "after")
    assert agence.annonces() == []


@pytest.mark.parametrize("instant", ["avant", "apres"])
def test_a_process_killed_while_it_sends_never_sends_twice(agence: Agence, instant: str) -> None:
    """SIGKILL, from the server itself: when it knows the recipient, and when it holds the whole message."""
    agents = [agence.agent() for _ in range(3)]
    for agent in agents:
        agence.alerte(agent)
    sender = process(agence.house.settings, agence.smtp, MARDI)
    left = iter([False, True])

    def kill(server) -> str:
        if next(left, False):
            sender.send_signal(signal.SIGKILL)
            sender.wait(10)
        return "250 Ok"

    setattr(agence.boite, instant, kill)
    sender.communicate("\n", timeout=60)
    assert sender.returncode == -signal.SIGKILL
    setattr(agence.boite, instant, None)

    assert agence.send() == "envoyes=1 echoues=0 sans_objet=0"
    assert agence.send() == "envoyes=0 echoues=0 sans_objet=0"
    assert len(agence.boite.a) == len({*agence.boite.a})
    assert {agence.address(agents[0]), agence.address(agents[2])} <= {*agence.boite.a}
    assert agence.envois()[agents[1]] is StatutEnvoi.PRIS


def test_one_told_to_stop_leaves_the_others_to_the_next_start(sqlite_agence: Agence) -> None:
    agents = [sqlite_agence.agent() for _ in range(3)]
    for agent in agents:
        sqlite_agence.alerte(agent)
    sqlite_agence.boite.avant = lambda server: planification.request_stop()
    try:
        with pytest.raises(planification.Interrompu):
            sqlite_agence.send()
    finally:
        planification.allow_again()
    sqlite_agence.boite.avant = None
    assert sqlite_agence.send() == "envoyes=2 echoues=0 sans_objet=0"
    assert sqlite_agence.boite.a == [sqlite_agence.address(agent) for agent in agents]


def test_two_processes_at_once_send_each_email_once(agence: Agence) -> None:
    agents = [agence.agent() for _ in range(12)]
    for agent in agents:
        agence.alerte(agent)
    senders = [process(agence.house.settings, agence.smtp, MARDI) for _ in range(2)]
    for sender in senders:
        sender.stdin.write("\n")
        sender.stdin.flush()
    said = [sender.communicate(timeout=60)[0] for sender in senders]
    assert sorted(agence.boite.a) == sorted(map(agence.address, agents))
    assert sum(int(re.match(r"envoyes=(\d+) echoues=0 sans_objet=0\n", one)[1]) for one in said) == 12
    assert len(agence.annonces()) == 12
    assert {*agence.envois().values()} == {StatutEnvoi.ENVOYE}


def test_who_said_no_while_the_others_were_being_sent_is_not_told(sqlite_agence: Agence) -> None:
    agents = [sqlite_agence.agent() for _ in range(2)]
    for agent in agents:
        sqlite_agence.alerte(agent)

    def opt_out(server) -> None:
        sqlite_agence.change(Agent, agents[1], courriel_matin=False)

    sqlite_agence.boite.avant = opt_out
    assert sqlite_agence.send() == "envoyes=1 echoues=0 sans_objet=1"


def test_logs_hold_neither_address_nor_code(sqlite_agence: Agence, caplog: pytest.LogCaptureFixture) -> None:
    agent = sqlite_agence.agent()
    code, address = sqlite_agence.alerte(agent), sqlite_agence.address(agent)
    sqlite_agence.boite.refuse = {address: f"550 5.1.1 {address} {code} unknown"}
    with caplog.at_level("INFO", logger="app"):
        sqlite_agence.send()
    said = "".join(record.getMessage() for record in caplog.records if record.name.startswith("app"))
    assert "destinataire, réponse 550" in said
    assert address not in said
    assert code not in said
