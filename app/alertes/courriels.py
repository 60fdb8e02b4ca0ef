"""The e-mails of the morning: at most one to each agent for each day, whatever crashes.

A row says that the e-mail is about to leave, and is committed before it does. A crash in between leaves that row as it
is, and the e-mail is lost rather than sent twice: the same alerts are on the agent's page. A refusal, which is certain,
is written down, and a later run of the same day tries again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, Template, select_autoescape
from sqlalchemy import ColumnElement, bindparam, insert, literal, select, update
from sqlalchemy.orm import Session

from app.accounts.maison import Maison, jour_de
from app.accounts.models import Agent
from app.alertes import queries_courriels as queries
from app.alertes.courriels_poste import EnvoiIncertain, EnvoiRefuse, Poste, Refus, compose, in_ascii
from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.models_taches import EnvoiCourriel
from app.alertes.planification import stop_point
from app.alertes.queries_courriels import Matin, Semaine
from app.alertes.rules_courriels import jour_ouvre, ouvre_la_semaine
from app.alertes.vocabulaire import GenreEvenement, StatutEnvoi
from app.config import Smtp
from app.db.sql import among, ids_parameter, insert_or
from app.web.filters import jour_semaine, nombre, pluriel

OBJET_MATIN = "Parcours : vos alertes du matin"
OBJET_SEMAINE = "Parcours : les alertes de votre structure"
# After as many messages in a row for which no connection opened, the server is down and the rest waits.
PANNES_MAX = 2

_table = EnvoiCourriel.__table__
_END = (
    update(_table)
    .where(
        _table.c.agent_id == bindparam("agent"),
        _table.c.creneau == bindparam("slot"),
        _table.c.statut == StatutEnvoi.PRIS,
    )
    .values(statut=bindparam("_statut"), envoye_le=bindparam("_envoye_le"))
)


@dataclass(frozen=True, slots=True)
class Courriel:
    """What one agent is told today."""

    agent_id: int
    adresse: str
    objet: str
    texte: str
    alertes: Sequence[int]


@dataclass(slots=True)
class Bilan:
    """`incertains` left, and no answer came: never sent again."""

    envoyes: int = 0
    echoues: int = 0
    sans_objet: int = 0
    incertains: int = 0
    # in a row, and whether a later run may do better
    pannes: int = 0
    a_refaire: bool = False

    def __str__(self) -> str:
        said = f"envoyes={self.envoyes} echoues={self.echoues} sans_objet={self.sans_objet}"
        return said + (f" incertains={self.incertains}" if self.incertains else "")


class EnvoisARefaire(Exception):
    """Some messages were refused by a server that may take them later: the slot may be run again. `bilan`: so far."""

    def __init__(self, bilan: Bilan) -> None:
        super().__init__(str(bilan))
        self.bilan = bilan


def send_digests(maison: Maison, creneau: str, *, now: datetime) -> str:
    """Send the e-mails of the day `creneau`, as 2026-11-23; what was done, as `envoyes=3 echoues=0 sans_objet=5`.

    Nothing leaves without a mail server, on a day that is not worked, or for a day that is over. May be called again,
    and by two processes at once. Raises ConfigurationError when the password of the account cannot be read; at the
    end, EnvoisARefaire when a refusal may not last (no connection, a number 4xx); Interrompu when told to stop.
    """
    bilan, jour, smtp = Bilan(), date.fromisoformat(creneau), maison.settings.smtp
    if smtp is None or jour != jour_de(now) or not jour_ouvre(jour):
        return str(bilan)
    with Poste(maison.settings, smtp) as poste:
        with maison.database.reading() as session:
            ids = queries.to_tell(session, creneau)
        for agent_id in ids:
            stop_point()
            with maison.database.reading() as session:
                courriel = _prepare(session, agent_id, jour=jour, url=maison.settings.public_url)
            if courriel is None:
                bilan.sans_objet += 1
            elif bilan.pannes >= PANNES_MAX:
                bilan.echoues += 1
            elif _claim(maison, agent_id, creneau, now=now):
                _send(maison, poste, smtp, courriel, creneau, bilan)
    if bilan.a_refaire:
        raise EnvoisARefaire(bilan)
    return str(bilan)


def send_trial(maison: Maison, *, adresse: str, smtp: Smtp) -> None:
    """One message that says that the settings work. Raises EnvoiRefuse, EnvoiIncertain, ConfigurationError."""
    texte = template("courriel_essai.txt").render(url=site(maison.settings.public_url))
    with Poste(maison.settings, smtp) as poste:
        post(maison, poste, smtp, adresse=adresse, objet="Parcours : courriel d’essai", texte=texte)


def _prepare(session: Session, agent_id: int, *, jour: date, url: str) -> Courriel | None:
    """None when there is nothing to say, or no longer anybody to say it to."""
    agent = queries.agent_to_tell(session, agent_id, jour=jour)
    if agent is None:
        return None
    matin, semaine = Matin(), Semaine()
    if agent.referent or agent.intervenant:
        matin = queries.matin(session, agent=agent, today=jour)
    if agent.coordinateur and ouvre_la_semaine(jour):
        semaine = queries.semaine(session, agent=agent, today=jour)
    if not matin.jeunes and not semaine:
        return None
    texte = template("courriel_matin.txt").render(
        jour=jour, matin=matin, semaine=semaine, url=site(url), quand=_how_often(agent)
    )
    objet = OBJET_MATIN if matin.jeunes else OBJET_SEMAINE
    return Courriel(agent.id, agent.courriel, objet, texte, [premier.alerte_id for premier in matin.premiers])


def _how_often(agent: Agent) -> str:
    if agent.referent or agent.intervenant:
        return "le matin des jours ouvrés"
    return "le premier jour ouvré de la semaine"


def _claim(maison: Maison, agent_id: int, creneau: str, *, now: datetime) -> bool:
    """Whether this run alone sends it: nobody took it, or it was refused."""
    with maison.database.writing() as session:
        taken = {"statut": StatutEnvoi.PRIS, "pris_le": now, "envoye_le": None}
        claim = (
            insert_or(session, _table)
            .values(agent_id=agent_id, creneau=creneau, **taken)
            .on_conflict_do_update(
                index_elements=[_table.c.agent_id, _table.c.creneau],
                set_=taken,
                where=_table.c.statut == StatutEnvoi.ECHOUE,
            )
            .returning(_table.c.agent_id)
        )
        return session.execute(claim).one_or_none() is not None


def _send(maison: Maison, poste: Poste, smtp: Smtp, courriel: Courriel, creneau: str, bilan: Bilan) -> None:
    try:
        post(maison, poste, smtp, adresse=courriel.adresse, objet=courriel.objet, texte=courriel.texte)
    except EnvoiIncertain:
        bilan.incertains += 1
    except EnvoiRefuse as refus:
        bilan.echoues += 1
        bilan.pannes = bilan.pannes + 1 if refus.sans_serveur else 0
        bilan.a_refaire |= refus.passager
        _end(maison, courriel, creneau, StatutEnvoi.ECHOUE)
    else:
        bilan.envoyes += 1
        bilan.pannes = 0
        _end(maison, courriel, creneau, StatutEnvoi.ENVOYE)


def post(maison: Maison, poste: Poste, smtp: Smtp, *, adresse: str, objet: str, texte: str) -> None:
    """One message. Raises EnvoiRefuse, EnvoiIncertain."""
    try:
        destinataire = in_ascii(adresse)
        message = compose(smtp, destinataire=destinataire, objet=objet, texte=texte, now=maison.clock())
    except ValueError:
        raise EnvoiRefuse(Refus.DESTINATAIRE) from None
    poste.send(message, destinataire=destinataire)


def _end(maison: Maison, courriel: Courriel, creneau: str, statut: StatutEnvoi) -> None:
    """Say what became of it and, in the same transaction, on each alert that it told, who was told."""
    sent, now = statut is StatutEnvoi.ENVOYE, maison.clock()
    ended = {"agent": courriel.agent_id, "slot": creneau, "_statut": statut, "_envoye_le": now if sent else None}
    with maison.database.writing() as session:
        session.execute(_END, ended)
        if sent and courriel.alertes:
            _note_told(session, courriel, now)


def _note_told(session: Session, courriel: Courriel, now: datetime) -> None:
    """On those that are still there."""
    columns = EvenementAlerte.__table__.c
    said: dict[str, ColumnElement] = {
        "alerte_id": Alerte.id,
        "quand": literal(now, columns.quand.type),
        "genre": literal(GenreEvenement.COURRIEL, columns.genre.type),
        "agent_id": literal(courriel.agent_id, columns.agent_id.type),
    }
    told = select(*said.values()).where(among(Alerte.id, ids_parameter("alertes"))).order_by(Alerte.id)
    session.execute(insert(EvenementAlerte.__table__).from_select(list(said), told), {"alertes": courriel.alertes})


def site(public_url: str) -> str:
    """The address of the house, without a stroke at the end."""
    return urlsplit(public_url).geturl().rstrip("/")


@lru_cache(maxsize=4)
def template(name: str) -> Template:
    """Plain text: nothing is escaped."""
    loader = PackageLoader("app.alertes", "templates/alertes")
    environment = Environment(loader=loader, autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"jour_semaine": jour_semaine, "nombre": nombre, "pluriel": pluriel}
    return environment.get_template(name)
