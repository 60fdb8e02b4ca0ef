"""The slow and obvious way: one list of situations per person, month by month, counted one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import groupby, pairwise, product

from app.cohortes.rules_denombrement import Sejour
from app.cohortes.rules_survie import Attente
from app.parcours.vocabulaire import Contrat, Famille, GenreEtape, Situation, StatutEtape

VECUS = {
    "en_cours", "en_attente", "terminee", "interrompue_jeune", "interrompue_structure", "interrompue_accord",
}  # fmt: skip
Suite = Sequence[Situation]


def last_day(mois: int) -> date:
    annee, rang = divmod(mois + 1, 12)
    return date(annee, rang + 1, 1) - timedelta(days=1)


def situation_on(etapes: Iterable, day: date) -> Situation:
    """The lowest rank among the steps open that day (vocabulaires.md, read again and written again)."""
    opened = [
        etape
        for etape in etapes
        if StatutEtape(etape.statut).value in VECUS and etape.debut <= day and (etape.fin is None or day <= etape.fin)
    ]
    school = any(GenreEtape(etape.genre).famille is Famille.SCOLARITE for etape in opened)
    ranks = {
        GenreEtape(etape.genre).rang: Situation(GenreEtape(etape.genre).value)
        for etape in opened
        if GenreEtape(etape.genre).rang and not (school and etape.contrat is Contrat.SAISONNIER_ETUDIANT)
    }
    return ranks[min(ranks)] if ranks else Situation.INCONNUE


def month(day: date) -> int:
    return day.year * 12 + day.month - 1


def suite_of(
    etapes: Iterable, ouvert_le: date, clos_le: date | None, jusqua: int, pauses: Iterable = ()
) -> list[Situation]:
    """The situations of the months from the opening to `jusqua` included."""
    etapes = list(etapes)
    out = {mois for pause in pauses for mois in range(month(pause.clos_le) + 1, month(pause.rouvert_le))}
    if clos_le is not None:
        out |= set(range(month(clos_le) + 1, jusqua + 1))
    return [
        Situation.SORTI if mois in out else situation_on(etapes, last_day(mois))
        for mois in range(month(ouvert_le), jusqua + 1)
    ]


def sejours_of(suites: Iterable[Suite]) -> list[Sejour]:
    """Each spell of each person, one by one."""
    found = []
    for suite in suites:
        debut, precedente = 0, None
        for situation, run in groupby(suite):
            fin = debut + len(list(run))
            found.append(Sejour(precedente, situation, debut, fin, 1))
            debut, precedente = fin, situation
    return found


def attente_of(suite: Suite, vers: Situation, duree_min: int) -> Attente:
    for debut in range(len(suite) - duree_min + 1):
        begins = debut == 0 or suite[debut - 1] is not vers
        if begins and all(situation is vers for situation in suite[debut : debut + duree_min]):
            return Attente(debut, True, 1)
    return Attente(len(suite), False, 1)


def slow_repartition(suites: Sequence[Suite]) -> list[tuple]:
    met = [situation for situation in Situation if any(situation in suite for suite in suites)]
    rows = []
    for mois in range(max(map(len, suites), default=0)):
        ici = [suite[mois] for suite in suites if len(suite) > mois]
        rows += [(mois, situation, ici.count(situation), Fraction(ici.count(situation), len(ici))) for situation in met]
    return rows


def slow_aalen_johansen(suites: Sequence[Suite]) -> list[dict[Situation, Fraction]]:
    """The product integral in exact fractions: each month, whoever is in i goes where those seen there went."""
    entrees = [suite[0] for suite in suites]
    parts = [{situation: Fraction(entrees.count(situation), len(entrees)) for situation in entrees}]
    for mois in range(1, max(map(len, suites))):
        suivantes: dict[Situation, Fraction] = {}
        for de, part in parts[-1].items():
            vues = [suite[mois] for suite in suites if len(suite) > mois and suite[mois - 1] is de] or [de]
            for vers in vues:
                suivantes[vers] = suivantes.get(vers, Fraction(0)) + part / len(vues)
        parts.append(suivantes)
    return parts


def slow_shares(suites: Sequence[Suite]) -> list[dict[Situation, Fraction]]:
    """What is drawn each month among those still observed."""
    shares: dict[int, dict[Situation, Fraction]] = {}
    for mois, situation, _, part in slow_repartition(suites):
        shares.setdefault(mois, {})[situation] = part
    return list(shares.values())


def slow_flux(suites: Sequence[Suite]) -> list[tuple]:
    rows = []
    for de, vers in ((0, 6), (6, 12), (12, 24)):
        pairs = [(suite[de], suite[vers]) for suite in suites if len(suite) > vers]
        rows += [
            (de, vers, *pair, pairs.count(pair), Fraction(pairs.count(pair), len(pairs)))
            for pair in product(Situation, Situation)
            if pair in pairs
        ]
    return rows


def slow_band(survie: Fraction, variance: Fraction) -> tuple[Decimal, Decimal]:
    """log(-log S) ± z × its error, and back, with 50 digits."""
    with localcontext(Context(prec=50)):
        if survie in (0, 1):
            return Decimal(int(survie)), Decimal(int(survie))
        point, erreur = (Decimal(x.numerator) / x.denominator for x in (survie, variance))
        milieu = (-point.ln()).ln()
        ecart = Decimal("1.959963984540054235524594430520551") * erreur.sqrt() / (point * -point.ln())
        haut, bas = ((-(milieu + signe * ecart).exp()).exp() for signe in (-1, 1))
        return bas, haut


def slow_transitions(suites: Sequence[Suite]) -> list[tuple]:
    pairs = [pair for suite in suites for pair in pairwise(suite)]
    return [
        (de, vers, pairs.count((de, vers)), Fraction(pairs.count((de, vers)), sum(pair[0] is de for pair in pairs)))
        for de in Situation
        for vers in Situation
        if (de, vers) in pairs
    ]


def slow_durees(suites: Sequence[Suite]) -> list[tuple]:
    return [
        (situation, Fraction(sum(suite.count(situation) for suite in suites), len(suites)))
        for situation in Situation
        if any(situation in suite for suite in suites)
    ]


def slow_delai(suites: Sequence[Suite], vers: Situation, duree_min: int) -> list[tuple]:
    """(mois, à risque, événements, survie, variance), the last two exact."""
    return slow_curve([attente_of(suite, vers, duree_min) for suite in suites])


def slow_curve(times: Sequence[Attente]) -> list[tuple]:
    """The same from when each person reached it, or left."""
    rows, survie, somme = [], Fraction(1), Fraction(0)
    for mois in range(max((time.mois for time in times), default=-1) + 1):
        n = sum(time.mois >= mois for time in times)
        d = sum(time.mois == mois and time.atteinte for time in times)
        survie *= 1 - Fraction(d, n)
        somme += Fraction(d, n * (n - d)) if n > d else 0
        rows.append((mois, n, d, survie, survie**2 * somme))
    return rows
