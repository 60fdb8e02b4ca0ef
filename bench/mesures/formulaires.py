"""A follow-up logged over HTTP: the form posted, sealed, journalled, everything derived, one durable commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from uuid import uuid4

from app.alertes.services import Bilan, scan
from app.audit.queries import verify
from bench.banc import Banc, ordinary_codes, referent
from bench.chrono import CHAUFFE, alternate, ms
from bench.mesures.ecritures import TEXTE
from bench.navigateur import Navigateur, hidden_fields, sender
from bench.pair.service import Pair
from bench.rapport import Ligne, at_most

TOURS, PAR_TOUR = 10, 18
FOIS = TOURS * PAR_TOUR + CHAUFFE
DIT = {"resultat": "echange_fait", "canal": "telephone", "mots": TEXTE, "themes": ["emploi", "mobilite"]}
Envois = Iterator[tuple[str, dict[str, object]]]


def formulaire(banc: Banc, pair: Pair) -> list[Ligne]:
    """CPU of a POST. After each, untimed, a page shows the message that it left, as a browser would."""
    with banc.maison.database.reading() as session:
        agent = referent(session)
        codes = ordinary_codes(session, agent)
    peer = pair.browser(agent)
    found = alternate(
        {
            "ours": sender(banc.ici, _forms(banc, codes)),
            "django": sender(peer, _peer_forms(banc, peer, codes, "suivis")),
            "django, usual": sender(peer, _peer_forms(banc, peer, codes, "suivis-usuel")),
            "django, bare": sender(peer, _peer_forms(banc, peer, codes, "suivis-simple")),
        },
        tours=TOURS,
        par_tour=PAR_TOUR,
        entre={"ours": lambda: banc.ici.get("/accessibilite")},
    )
    check(banc)
    ours = found["ours"].mediane

    def line(name: str, what: str, limit: float | None) -> Ligne:
        other = found[name].mediane
        return Ligne(
            "A follow-up logged over HTTP", ms(ours), f"{what}: {ms(other)}", ours / other, limit and at_most(limit)
        )

    return [
        line("django", "Django doing the same: sealed, chained journal, state, situations, alerts", 0.333),
        line("django, usual", "Django: sealed words, dates of the state row, its own history", None),
        line("django, bare", "Django: form, one row in clear, a redirection", None),
    ]


class LeftWrong(AssertionError):
    """What was written left the journal broken or an alert out of date: its price means nothing."""


def check(banc: Banc) -> None:
    """Both applications wrote in turns: the chain of the journal is whole, and a scan finds nothing to do."""
    with banc.maison.database.writing() as session:
        ruptures = verify(session)
        bilan = scan(session, today=banc.today, now=banc.now)
    if ruptures or bilan != Bilan():
        raise LeftWrong(f"{len(ruptures)} broken links, {bilan}")


def _forms(banc: Banc, codes: Sequence[str]) -> Envois:
    fields = hidden_fields(banc.ici.get(f"/dossiers/{codes[0]}/suivis/nouveau"))
    for code in islice(cycle(codes), FOIS):
        said = DIT | {"depot": uuid4(), "quand": "aujourdhui", "visibilite": "mon_equipe"}
        yield f"/dossiers/{code}/suivis", {"csrf_token": fields["csrf_token"], **said}


def _peer_forms(banc: Banc, peer: Navigateur, codes: Sequence[str], page: str) -> Envois:
    day = f"{banc.today:%d/%m/%Y}"
    for code in islice(cycle(codes), FOIS):
        said = DIT | {"depot": uuid4(), "jour": day, "visibilite": "mon_equipe"}
        yield f"/dossiers/{code}/{page}", {"csrfmiddlewaretoken": peer.cookies["csrftoken"], **said}
