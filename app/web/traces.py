"""What a log may say of an error: where it happened and what kind it was, never its words.

The message of an exception may quote a value: `DETAIL: Key (courriel)=(…)` from PostgreSQL, `invalid literal for
int(): '…'`. Where it was raised, its class, and for a database its SQLSTATE and constraint are enough to mend.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator


def told(error: BaseException) -> str:
    """The error and those that it came from, the first one first, without a message."""
    return "\n".join(line for one in reversed(list(_chain(error))) for line in _lines(one))


# As long as a token in an address, and longer than the id of a row: `Exception on /agenda/flux/… [GET]`.
_TOKEN = re.compile(r"[\w-]{40,}", re.ASCII)


class WithoutWords(logging.Filter):
    """Put on a logger: its records carry `told` where they carried an exception, and no token of an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _TOKEN.sub("…", record.getMessage()), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = told(record.exc_info[1])
        record.exc_info = None
        return True


WITHOUT_WORDS = WithoutWords()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _lines(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__, limit=-30):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    yield " ".join(filter(None, [kind, getattr(error, "sqlstate", None), _constraint(error)]))


def _constraint(error: BaseException) -> str | None:
    """The constraint that PostgreSQL names; SQLite has it in its message alone."""
    return getattr(getattr(error, "diag", None), "constraint_name", None)
