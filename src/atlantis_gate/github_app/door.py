"""Who is let in to the local page: which request gets what, decided without a socket."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from atlantis_gate.github_app import pages
from atlantis_gate.github_app.style import policy

HOST: Final = "127.0.0.1"
_CALLBACK: Final = "/callback"
_COOKIE: Final = "atlantis-gate-setup"
_HTTP: Final = 80
_LONGEST_TARGET: Final = 2_000
_MOST_FIELDS: Final = 10
# GitHub does not say what a code looks like; those it gives are 40 hexadecimal digits. It becomes part of a URL.
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{8,200}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is. `ticket` keeps others on this machine away from it; `state` goes to GitHub and comes back with the code."""

    port: int
    ticket: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def setup_url(self) -> str:
        """The address to open in a browser."""
        return f"http://{HOST}:{self.port}/{self.ticket}"

    @property
    def callback_url(self) -> str:
        """The address that GitHub sends the browser back to."""
        return f"http://{HOST}:{self.port}{_CALLBACK}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a browser calls this server; any other name was made to lead here. https://www.rfc-editor.org/rfc/rfc9110#name-host-and-authority."""
        return (f"{HOST}:{self.port}", *((HOST,) if self.port == _HTTP else ()))


@dataclass(frozen=True, slots=True)
class Asked:
    """One GET request: its Host headers, its target (path and query) and its cookies."""

    hosts: tuple[str, ...]
    target: str
    cookies: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the browser gets: a status, a page, its Content-Security-Policy and a cookie to set (empty: none)."""

    status: HTTPStatus
    page: str
    policy: str = policy("'none'")
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """GitHub's code: whoever has it can fetch the App's key, once, within an hour."""

    text: str = field(repr=False)


class Door:
    """Shows the setup page to one browser and takes one code. Safe to use from several threads."""

    def __init__(self, address: Address, setup_page: str, form_origin: str) -> None:
        """Take where the page is, the page itself, and the origin that its form may be sent to."""
        self._address = address
        self._setup_page = setup_page
        self._form_origin = form_origin
        self._lock = threading.Lock()
        self._browser = ""
        self._taken = False

    def admit(self, asked: Asked) -> Reply | Code:
        """Return what a request gets; a Code is handed out once."""
        if len(asked.hosts) != 1 or asked.hosts[0] not in self._address.hosts:
            text = f"This page answers under the address that the terminal shows, which begins with http://{HOST}:{self._address.port}/."
            return refuse(HTTPStatus.MISDIRECTED_REQUEST, text)
        if len(asked.target) > _LONGEST_TARGET:
            return refuse(HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long.")
        path, _, query = asked.target.partition("?")
        with self._lock:
            if path == _CALLBACK:
                return self._callback(query)
            if _same(path, f"/{self._address.ticket}"):
                return self._setup(asked.cookies)
        return refuse(HTTPStatus.NOT_FOUND, "There is nothing here. Open the whole address that the terminal shows.")

    def _setup(self, cookies: str) -> Reply:
        """Show the page to the browser that came first, as often as it likes: whoever else has the address learns nothing."""
        if self._taken:
            return _over()
        known = bool(self._browser) and any(_same(part.strip(), f"{_COOKIE}={self._browser}") for part in cookies.split(";"))
        if self._browser and not known:
            text = "This address was opened in another browser already. Stop the program in the terminal (Ctrl-C) and start it again."
            return refuse(HTTPStatus.CONFLICT, text)
        self._browser = self._browser or secrets.token_urlsafe(16)
        cookie = "" if known else f"{_COOKIE}={self._browser}; Path=/{self._address.ticket}; HttpOnly; SameSite=Lax"
        return Reply(HTTPStatus.OK, self._setup_page, policy(self._form_origin), cookie)

    def _callback(self, query: str) -> Reply | Code:
        try:
            fields = parse_qs(query, max_num_fields=_MOST_FIELDS)
        except ValueError:
            fields = {}
        state, code = fields.get("state", []), fields.get("code", [])
        if len(state) != 1 or not _same(state[0], self._address.state):
            return refuse(
                HTTPStatus.FORBIDDEN, "This answer belongs to another request than the one that was sent from here. It is ignored."
            )
        if len(code) != 1 or not _CODE.fullmatch(code[0]):
            return refuse(HTTPStatus.BAD_REQUEST, "GitHub's answer holds no code. Go back and press the button again.")
        if self._taken:
            return _over()
        self._taken = True
        return Code(code[0])


def _over() -> Reply:
    return refuse(HTTPStatus.GONE, "This was used already, and works once. The terminal says how it went.")


def refuse(status: HTTPStatus, text: str) -> Reply:
    """Return an answer that says why there is no other."""
    return Reply(status, pages.refusal(status.phrase, text))


def _same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return secrets.compare_digest(one.encode("utf-8", "replace"), other.encode())
