"""Two versions of one form: what each says, what differs, and how it would be posted again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from markupsafe import Markup, escape
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)

from app.web.filters import date_longue, paragraphes

Paires = list[tuple[str, str]]
_TECHNIQUES = frozenset({"csrf_token", "depot", "version"})
# a tag, a blank, or a word with its escaped signs
_MORCEAUX = re.compile(r"<[^>]*>|\s+|[^<\s]+")


def said_by(form: Form) -> Paires:
    """(label, words) of every field that says something."""
    told = [(str(field.label.text), _words(field)) for field in form if not isinstance(field, HiddenField)]
    return [(label, words) for label, words in told if words]


def as_posted(form: Form) -> list[tuple[str, str]]:
    """The fields of a form as a browser would send them, without what is technical."""
    return [pair for field in form if field.name not in _TECHNIQUES for pair in _sent(field)]


def marked(one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> Paires:
    """`one`, with the words that `other` does not have marked."""
    there = dict(other)
    return [(label, _mark(words, there.get(label, ""))) for label, words in one]


def belongs(name: str, form: Form) -> bool:
    """Whether a posted field is of this form, or of one of its lines."""
    return name in form or name.split("-")[0] in form


def _sent(field: Field) -> Iterator[tuple[str, str]]:
    if isinstance(field, FieldList | FormField):
        yield from (pair for inner in field for pair in _sent(inner))
    elif isinstance(field, SelectMultipleField):
        yield from ((field.name, str(value)) for value in field.data or ())
    elif isinstance(field, BooleanField):
        if field.data:
            yield field.name, "y"
    elif isinstance(field, SelectField):
        yield field.name, str(field.data or "")
    else:
        yield field.name, str(field._value() or "")


def _words(field: Field) -> str:
    if isinstance(field, SelectMultipleField):
        return ", ".join(_labels(field, field.data or ()))
    if isinstance(field, SelectField):
        return ", ".join(_labels(field, [field.data])) if field.data else ""
    if isinstance(field, BooleanField):
        return "Oui" if field.data else ""
    if isinstance(field, TextAreaField):
        return paragraphes(field.data or "")
    if isinstance(field, FieldList):
        return paragraphes("\n".join(filter(None, map(_words, field))))
    if isinstance(field, FormField):
        return ", ".join(words for _, words in said_by(field.form))
    return date_longue(field.data) if isinstance(field.data, date) else str(field._value() or "")


def _labels(field: SelectField, chosen: Iterable[Any]) -> list[str]:
    wanted = {str(value) for value in chosen}
    return [str(choice.label) for choice in field.iter_choices() if str(choice.value) in wanted]


def _mark(words: str, other: str) -> Markup:
    """Word by word, so that one sees what changed in a long text."""
    mine, theirs = (_MORCEAUX.findall(str(escape(text))) for text in (words, other))
    kept = Markup("")
    for kind, start, end, _, _ in SequenceMatcher(a=mine, b=theirs, autojunk=False).get_opcodes():
        # every piece was escaped above, or is one of our own paragraphs
        for piece in mine[start:end]:
            plain = kind == "equal" or piece.isspace() or piece.startswith("<")
            kept += Markup(piece) if plain else Markup("<mark>{}</mark>").format(Markup(piece))  # noqa: S704
    return kept
