"""A browser in the same process: it calls a WSGI application and keeps its cookies.

Requests are made ready before they are timed, and the same few lines call every application that is compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import EnvironBuilder

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Any]
_HIDDEN = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


class UnexpectedAnswer(RuntimeError):
    """A page did not answer what a measure needs: nothing would be measured."""


class Navigateur:
    """One user of one application."""

    def __init__(self, application: Wsgi, cookies: Mapping[str, str] | None = None) -> None:
        self.application = application
        self.cookies = dict(cookies or {})

    def get(self, path: str) -> str:
        """The page, which must be there."""
        return self._expect(self.prepare(path), "200")

    def post(self, path: str, fields: Mapping[str, object]) -> str:
        """The answer to a form that must be accepted."""
        return self._expect(self.prepare(path, fields), "303", "302")

    def prepare(self, path: str, fields: Mapping[str, object] | None = None) -> Environ:
        """A request ready to be sent, once: a POST when there are fields."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is None:
            return EnvironBuilder(path=path, base_url="http://localhost/", headers=headers).get_environ()
        headers |= {"Origin": "http://localhost", "Referer": f"http://localhost{path}"}
        body = urlencode(dict(fields), doseq=True).encode()
        kind = "application/x-www-form-urlencoded"
        builder = EnvironBuilder(
            path=path, base_url="http://localhost/", headers=headers, method="POST", data=body, content_type=kind
        )
        return builder.get_environ() | {"wsgi.input": BytesIO(body)}

    def send(self, environ: Environ) -> tuple[str, Sequence[tuple[str, str]], bytes]:
        """(status, headers, body), the body read to its end and closed."""
        answer: list[Any] = []
        parts = self.application(environ, lambda status, headers, exc_info=None: answer.extend((status, headers)))
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return answer[0], answer[1], body

    def repeat(self, path: str) -> Callable[[], bytes]:
        """A call that asks for one page again and again; it must be there."""
        self.get(path)
        environ = self.prepare(path)
        return lambda: self.send(dict(environ))[2]

    def _expect(self, environ: Environ, *statuses: str) -> str:
        status, headers, body = self.send(environ)
        for name, value in headers:
            if name.lower() == "set-cookie":
                self.cookies.update({key: morsel.value for key, morsel in SimpleCookie(value).items()})
        if not status.startswith(statuses):
            raise UnexpectedAnswer(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {status}")
        return body.decode()


def sender(navigateur: Navigateur, requests: Iterable[tuple[str, Mapping[str, object]]]) -> Callable[[], None]:
    """A call that sends the next form of `requests`, made ready beforehand; each must be accepted."""
    waiting = iter([navigateur.prepare(path, fields) for path, fields in requests])

    def send() -> None:
        status, _, body = navigateur.send(next(waiting))
        if not status.startswith(("303", "302")):
            raise UnexpectedAnswer(f"{status}\n{body.decode()[:2_000]}")

    return send


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a page, by name: what a form carries without being typed."""
    found = {}
    for tag in _HIDDEN.findall(page):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if attributes.get("type") == "hidden":
            found[attributes["name"]] = attributes.get("value", "")
    return found
