"""A prepared handover note, in words: what the form of a handover begins with, for its author to mend and complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from app.parcours.vocabulaire import StatutEtape, Theme
from app.referents.forms import NOTE_AU_PLUS
from app.referents.rules_resume import EtapeDite, Membre, Rencontre, Resume, Suiveur
from app.web.filters import INSECABLE, date_longue

# what is generated leaves room to complete it
PREPAREE_AU_PLUS = NOTE_AU_PLUS - 1_200
AU_PLUS = 5
FINE = "\N{NARROW NO-BREAK SPACE}"
PUIS = f"{FINE}; "
A_COMPLETER = (
    f"Ce qui marche avec ce jeune{INSECABLE}: ",
    f"Ce qu’il ne faut pas oublier{INSECABLE}: ",
    f"Ce qui reste à faire{INSECABLE}: ",
)
LA_SUITE = "Le reste est dans le dossier."
_PARTS = ("Où on en est", "Ce qui est prévu", "Avec qui")


def note(resume: Resume, *, alertes: Sequence[str], representants: bool, completer: bool = True) -> str:
    """Lines to complete, then short paragraphs under headings; what does not fit is left to the dossier.

    Without `completer`, the paragraphs alone. `alertes`: the names of the rules that hold, which this room does not
    know. A line end counts for two letters, as a browser sends it. Never longer than `PREPAREE_AU_PLUS`.
    """
    told = (_here(resume), _to_come(resume, alertes), _with_whom(resume, representants))
    parts = zip(_PARTS, told, strict=True)
    lines = [(part, line) for part, of_it in parts for line in of_it]
    begin = ["\n".join(A_COMPLETER)] if completer else []
    texte = _laid_out(begin, lines)
    while _sent(texte) > PREPAREE_AU_PLUS:
        lines.remove(max(lines, key=lambda pair: len(pair[1])))
        texte = _laid_out(begin, lines, LA_SUITE)
    return texte


def _laid_out(begin: Sequence[str], lines: Sequence[tuple[str, str]], *more: str) -> str:
    blocks = []
    for part in _PARTS:
        of_it = [line for name, line in lines if name == part]
        if of_it:
            blocks.append("\n".join([part, *of_it]))
    # what only its author knows comes first: it is what they are asked, and it is seen without scrolling
    return "\n\n".join([*begin, *blocks, *more])


def _sent(texte: str) -> int:
    return len(texte) + texte.count("\n")


def _here(resume: Resume) -> Iterator[str]:
    now = [one for one in resume.referents if one.au is None]
    before = [one for one in resume.referents if one.au is not None]
    yield f"Suivi depuis le {date_longue(resume.depuis)}."
    yield from _line("Référent", (f"{_who(one)}, depuis le {date_longue(one.du)}" for one in now))
    yield from _line("Avant", (f"{_who(one)}, {_between(one.du, one.au)}" for one in before))
    confirmed = f", confirmée le {date_longue(resume.confirmee_le)}" if resume.confirmee_le else ""
    said = f"{_low(resume.situation.label)} depuis le {date_longue(resume.situation_depuis)}{confirmed}"
    yield from _line("Situation", [said])
    yield from _line("En cours", map(_going_on, resume.en_cours))
    yield from _line("Terminé", (_ended(one) for one in resume.terminees))
    if resume.dernier is None:
        yield "Aucun échange n’est noté."
    else:
        yield from _line("Dernier échange", [_meeting(resume.dernier)])


def _to_come(resume: Resume, alertes: Sequence[str]) -> Iterator[str]:
    yield from _line("Rendez-vous", map(_meeting, resume.rendez_vous))
    yield from _line("Rendez-vous passé, rien n’est noté", map(_meeting, resume.sans_suite))
    yield from _line("Étape à venir", (f"{_low(one.libelle)}, le {date_longue(one.debut)}" for one in resume.prevues))
    yield from _line("Objectifs", (_goal(theme, until) for theme, until in resume.objectifs))
    if resume.attente is not None:
        motif, until = resume.attente
        yield from _line(f"En attente jusqu’au {date_longue(until)}", [_low(motif.label)])
    yield from _line("Alertes ouvertes", map(_low, alertes))


def _with_whom(resume: Resume, representants: bool) -> Iterator[str]:
    yield from _line("Équipe de suivi", map(_member, resume.equipe))
    yield from _line("Représentants légaux", ["notés dans le dossier" if representants else "aucun n’est noté"])


def _line(terme: str, faits: Iterable[str]) -> Iterator[str]:
    """A few facts after their name; nothing where there is none."""
    told = list(faits)
    if told:
        more = [f"et {len(told) - AU_PLUS} de plus"] if len(told) > AU_PLUS else []
        yield f"{terme}{INSECABLE}: {PUIS.join([*told[:AU_PLUS], *more])}."


def _low(label: str) -> str:
    """A label inside a sentence; an acronym stays as it is."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def _between(du: date, au: date | None) -> str:
    return f"du {date_longue(du)} au {date_longue(au)}"


def _who(one: Suiveur | Membre) -> str:
    return f"{one.nom} ({one.structure})"


def _going_on(etape: EtapeDite) -> str:
    waits = ", en attente" if etape.statut is StatutEtape.EN_ATTENTE else ""
    until = f", fin prévue le {date_longue(etape.fin)}" if etape.fin else ""
    return f"{_low(etape.libelle)} depuis le {date_longue(etape.debut)}{waits}{until}"


def _ended(etape: EtapeDite) -> str:
    how = "" if etape.statut is StatutEtape.TERMINEE else f", {_low(etape.statut.label)}"
    return f"{_low(etape.libelle)}, {_between(etape.debut, etape.fin)}{how}"


def _meeting(one: Rencontre) -> str:
    how = f", {_low(one.canal.label)}" if one.canal else ""
    return f"le {date_longue(one.jour)}{how}" + (f", avec {one.avec}" if one.avec else "")


def _goal(theme: Theme, until: date | None) -> str:
    return f"{_low(theme.label)}, " + (f"pour le {date_longue(until)}" if until else "sans date")


def _member(one: Membre) -> str:
    return _who(one) + (f", pour {_low(one.finalite.label)}" if one.finalite else "")
