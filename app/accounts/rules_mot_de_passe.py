"""What makes a password refused: too short, or nothing left once the words that anybody tries are taken out.

No composition rule, as NIST SP 800-63B §5.1.1.2 and the CNIL (deliberation 2022-100) advise against relying on one.
At twelve characters the published lists of common passwords come down to a few words, names of keyboards' rows and
years put end to end: taking those words out says more than any list, and fits in this file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from app.db.errors import DomainError

LONGUEUR_MIN = 12
LONGUEUR_MAX = 200
# what must remain that is not a common word, in characters
RESTE_MIN = 7
_DISTINCTS_MIN = 5
_CONTEXTE_MIN = 3

_SUITES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
)
_SUITE_MIN = 4
MOTS_COURANTS = frozenset(
    """
    parcours referent educateur educatrice prevention mission locale jeune jeunes jeunesse suivi dossier structure
    quartier plie garantie accueil bureau travail equipe secret securite
    motdepasse passe password passw pass mdp admin administrateur administrator root user utilisateur invite guest test
    demo bonjour bonsoir salut coucou bienvenue welcome hello login connexion connect changeme changemoi changer
    letmein entrer ouvre sesame master monkey dragon princess princesse soleil sunshine chocolat chouchou doudou
    loulou amour jetaime iloveyou love bebe maman papa famille vacances football marseille paris france chambery
    lyon annecy grenoble savoie superman batman starwars pokemon minecraft computer ordinateur internet iphone samsung
    facebook google instagram azerty qwerty azertyuiop qwertyuiop whatever freedom trustno nicolas camille
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    lundi mardi mercredi jeudi vendredi samedi dimanche printemps ete automne hiver summer winter spring
    """.split()
)
# figures and signs put for letters, as everybody does; 1 is read both ways
_DEGUISEMENTS = tuple(str.maketrans("@€$!01345789", lettres) for lettres in ("aesioieastbg", "aesioleastbg"))


def check_password(mot_de_passe: str, *, contexte: Iterable[str] = ()) -> None:
    """Raise DomainError on `mot_de_passe`: `mot_de_passe_court`, `_long`, `_commun`.

    `contexte` is what an attacker knows of the account: name, e-mail, structure.
    """
    if len(mot_de_passe) < LONGUEUR_MIN:
        raise DomainError("mot_de_passe_court", field="mot_de_passe", minimum=LONGUEUR_MIN)
    if len(mot_de_passe) > LONGUEUR_MAX:
        raise DomainError("mot_de_passe_long", field="mot_de_passe", maximum=LONGUEUR_MAX)
    words = MOTS_COURANTS | set(_context_words(contexte))
    if any(_too_little(writing, words) for writing in _writings(mot_de_passe)):
        raise DomainError("mot_de_passe_commun", field="mot_de_passe")


def _too_little(rest: str, words: Iterable[str]) -> bool:
    for word in sorted(words, key=lambda word: (-len(word), word)):
        rest = rest.replace(word, " ")
    rest = rest.replace(" ", "")
    return len(rest) < RESTE_MIN or len(set(rest)) < _DISTINCTS_MIN


def _writings(mot_de_passe: str) -> Iterator[str]:
    """As typed and with its disguises taken off (`p@ssw0rd`), without accents, separators nor runs."""
    plain = _without_runs(re.sub(r"[\s._-]", "", _plain(mot_de_passe))).replace(" ", "")
    yield plain
    for disguise in _DEGUISEMENTS:
        yield plain.translate(disguise)


def _context_words(contexte: Iterable[str]) -> Iterable[str]:
    for text in contexte:
        yield from (part for part in re.split(r"[^a-z0-9]+", _plain(text)) if len(part) >= _CONTEXTE_MIN)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _without_runs(text: str) -> str:
    """Take out runs of a keyboard, of the alphabet, of figures, either way, four characters at least; and years."""
    for suite in _SUITES:
        for run in (suite, suite[::-1]):
            for length in range(len(run), _SUITE_MIN - 1, -1):
                for start in range(len(run) - length + 1):
                    text = text.replace(run[start : start + length], " ")
    return re.sub(r"(?:19|20)\d\d", " ", text)
