"""What an outing may say. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.db.errors import DomainError
from app.parcours.vocabulaire import TrancheAge
from app.rue.vocabulaire import ActionRue, SexeRencontre

# As many of one age and one sex in one outing: beyond, a figure was typed twice.
RENCONTRES_AU_PLUS = 200
MINUTES_AU_MOINS, MINUTES_AU_PLUS = 5, 12 * 60
# Later, nobody remembers how many they were.
JOURS_PASSES = 366
LIEU_AU_PLUS = 60
# What the tiles of the form offer.
LIEUX_PROPOSES = 6
_JOURNEE = 24 * 60
# A telephone, an address of e-mail, the number of a door: what a person is reached by is not the name of a place.
_DE_QUELQU_UN = re.compile(r"@|(\d[ .-]?){8,}|\b(mme|mlle|monsieur|madame|mademoiselle|chez)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NouveauLieu:
    """A place that the structure did not know, or knew already under this name."""

    territoire_id: int
    nom: str


Rencontres = Mapping[tuple[TrancheAge, SexeRencontre], int]


@dataclass(frozen=True, slots=True)
class Faits:
    """What an outing says. `lieu` is one of the structure's list, or a new one."""

    lieu: UUID | NouveauLieu
    jour: date
    debut: time
    fin: time
    agents: frozenset[int]
    actions: tuple[ActionRue, ...] = ()
    rencontres: Rencontres = field(default_factory=dict)
    premieres: int = 0
    refus: int = 0

    @property
    def total(self) -> int:
        return sum(self.rencontres.values())


def check_jour(jour: date, *, today: date) -> None:
    """DomainErrors: sortie_future, sortie_ancienne."""
    if jour > today:
        raise DomainError("sortie_future", field="jour")
    if jour < today - timedelta(days=JOURS_PASSES):
        raise DomainError("sortie_ancienne", field="jour")


def minutes_between(debut: time, fin: time) -> int:
    """How long it lasted: an end before the beginning is that of the next day. DomainError: duree_impossible."""
    lasted = (_minutes(fin) - _minutes(debut)) % _JOURNEE
    if not MINUTES_AU_MOINS <= lasted <= MINUTES_AU_PLUS:
        raise DomainError("duree_impossible", field="fin")
    return lasted


def end_of(debut: time, minutes: int) -> time:
    hour, minute = divmod((_minutes(debut) + minutes) % _JOURNEE, 60)
    return time(hour, minute)


def usual_hours(now: datetime) -> tuple[time, time]:
    """The hours that the form proposes, `now` in Paris: it is noted at the end, after two hours outside."""
    end = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    return (end - timedelta(hours=2)).time(), end.time()


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute


def check_rencontres(rencontres: Rencontres, *, premieres: int, refus: int) -> None:
    """DomainErrors: trop_de_rencontres, premieres_de_trop, refus_de_trop."""
    if any(not 0 <= nombre <= RENCONTRES_AU_PLUS for nombre in rencontres.values()):
        raise DomainError("trop_de_rencontres")
    met = sum(rencontres.values())
    if not 0 <= premieres <= met:
        raise DomainError("premieres_de_trop", field="premieres")
    if not 0 <= refus <= met:
        raise DomainError("refus_de_trop", field="refus")


def place_name(texte: str) -> str:
    """The name of a place as it is kept. DomainErrors: lieu_requis, lieu_trop_long, lieu_de_quelqu_un."""
    nom = " ".join(texte.split())
    if not nom:
        raise DomainError("lieu_requis", field="nom")
    if len(nom) > LIEU_AU_PLUS:
        raise DomainError("lieu_trop_long", field="nom")
    if _DE_QUELQU_UN.search(nom):
        raise DomainError("lieu_de_quelqu_un", field="nom")
    return nom
