"""How names are compared: as written, as heard, as mistyped.

Nothing here is stored or logged: folded names and sounds live as long as the search that made them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import jellyfish

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th"})
_SEPARATORS = re.compile(r"[\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")


def fold(text: str) -> str:
    """Lower case, without accents, ligatures or apostrophes; hyphens and other signs become one space."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text).lower().translate(_LIGATURES)
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    text = text.lower().translate(_APOSTROPHES)
    return _SEPARATORS.sub(" ", text).strip()


# What French and transcribed names write in several ways, applied in this order to a folded word. A pattern is
# tried only on words that hold its first element: most hold none, and a search hears thousands.
_SPELLINGS: Sequence[tuple[str, re.Pattern[str], str]] = tuple(
    (needed, re.compile(pattern), heard)
    for needed, pattern, heard in (
        ("au", r"eaux?$|eau|au(?:lt|[dtx])s?$|au", "o"),
        ("ot", r"ot$", "o"),
        ("n", r"(?<=[aeiou]n)[dt]s?$", ""),
        ("oi", r"(?<=oi)[dt]s?$", ""),
        ("ph", r"ph", "f"),
        ("th", r"th", "t"),
        ("bv", r"bv", "v"),
        ("kh", r"kh", "k"),
        ("q", r"qu?", "k"),
        ("c", r"sch", "ch"),
        ("c", r"ck|c(?=[^heiy]|$)|ch(?=[lr])", "k"),
        ("sh", r"sh", "ch"),
        ("dj", r"dj", "j"),
        ("g", r"g(?=[eiy])", "j"),
        ("gu", r"gu(?=[eiy])", "k"),
        ("c", r"c(?=[eiy])", "s"),
        ("z", r"z", "s"),
        ("ou", r"ou", "u"),
        ("w", r"w", "u"),
        ("i", r"[ae]i", "e"),
        ("y", r"[ae]y", "e"),
        ("y", r"y", "i"),
        ("h", r"(?<!c)h", ""),
        ("", r"(.)\1+", r"\1"),
        ("e", r"(?<=.)e$", ""),
    )
)


def sound(word: str) -> str:
    """How a folded word is heard, vowels kept: `rousseau` and `rousso` both give `ruso`."""
    for needed, pattern, heard in _SPELLINGS:
        if needed in word:
            word = pattern.sub(heard, word)
    return word


def phonetic(text: str) -> str:
    """The consonants of what is heard, by metaphone: `Soufiane` and `Sofiane` give one code.

    Empty when a text has no letter that sounds (a number, another alphabet).
    """
    return " ".join(code for word in fold(text).split() if (code := jellyfish.metaphone(sound(word))))


class Rang(IntEnum):
    """How near a name is to what was typed, nearest first."""

    EXACT = 0
    DEBUT = 1
    DEDANS = 2
    SON = 3
    FAUTE = 4


_ABSENT = len(Rang)
SHORTEST_TYPO = 4
SHORTEST_TWO_TYPOS = 8


def typos_allowed(length: int) -> int:
    """0 below four letters, then 1, then 2 from eight: a slip of the thumb, not another name."""
    if length < SHORTEST_TYPO:
        return 0
    return 1 if length < SHORTEST_TWO_TYPOS else 2


@dataclass(frozen=True, slots=True)
class MotCherche:
    """A word that was typed, prepared once for a whole search."""

    texte: str
    son: str
    code: str

    @classmethod
    def de(cls, word: str) -> MotCherche:
        heard = sound(word)
        return cls(word, heard, jellyfish.metaphone(heard))


class Recherche:
    """What was typed, compared with one name after another.

    Names already met are remembered for the length of the search: a caseload has few different first names.
    """

    def __init__(self, texte: str) -> None:
        self.mots = tuple(MotCherche.de(word) for word in fold(texte).split())
        self.ensemble = "".join(mot.texte for mot in self.mots)
        # "ben ali" also finds "Benali", "jeanpierre" finds "Jean-Pierre"
        together = (MotCherche.de(self.ensemble),) if len(self.mots) > 1 else ()
        self._cherches = self.mots + together
        self._seen: dict[str, tuple[int, ...]] = {}

    def score(self, names: Iterable[str]) -> tuple[int, int] | None:
        """(worst, sum) of the ranks of the words typed, each with its nearest word; None: not this person."""
        known = [self._ranks(name) for name in names if name]
        if not known or not self.mots:
            return None
        nearest = list(map(min, zip(*known, strict=True)))
        apart = nearest[: len(self.mots)]
        if nearest[-1] < max(apart):
            return nearest[-1], nearest[-1]
        return None if _ABSENT in apart else (max(apart), sum(apart))

    def is_code(self, code: str) -> bool:
        """Whether the code of a dossier was typed, with or without its hyphen."""
        return self.ensemble == code.replace("-", "").lower()

    def _ranks(self, name: str) -> tuple[int, ...]:
        """For each word typed, and for all of them together, the rank of the nearest word of this name."""
        found = self._seen.get(name)
        if found is None:
            words = fold(name).split()
            candidates = [*words, "".join(words)] if len(words) > 1 else words
            found = tuple(min((rank(mot, word) for word in candidates), default=_ABSENT) for mot in self._cherches)
            self._seen[name] = found
        return found


def rank(mot: MotCherche, word: str) -> int:
    """How one folded word answers to one that was typed: a `Rang`, or more than any of them when it does not."""
    if mot.texte in word:
        if word == mot.texte:
            return Rang.EXACT
        if word.startswith(mot.texte):
            return Rang.DEBUT
        return Rang.DEDANS if len(mot.texte) > 1 else _ABSENT
    if mot.code and same_sound(mot, word):
        return Rang.SON
    allowed = typos_allowed(len(mot.texte))
    if abs(len(word) - len(mot.texte)) <= allowed and _distance(word, mot.texte) <= allowed:
        return Rang.FAUTE
    return _ABSENT


def same_sound(mot: MotCherche, word: str) -> bool:
    """Heard alike: the same sounds, or the same consonants and one vowel in three that differs.

    Metaphone alone drops vowels, and would answer `Rose` to `rousso`.
    """
    heard = sound(word)
    if heard == mot.son:
        return True
    allowed = len(mot.son) // 3
    return jellyfish.metaphone(heard) == mot.code and _distance(heard, mot.son) <= allowed


def _distance(left: str, right: str) -> int:
    return jellyfish.damerau_levenshtein_distance(left, right)
