"""Somebody with a browser, without one: fetches pages, reads their forms and sends them, and follows GitHub's redirect."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Got:
    """An answer: status, headers with lower-case names, and the page."""

    status: int
    headers: dict[str, str]
    page: str


@dataclass
class Form(HTMLParser):
    """The form of a page: where it goes and what it sends."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the parser."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the form's address and its fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        if tag == "input":
            self.fields[given["name"]] = given["value"]


def form(page: str) -> Form:
    """Read the form of a page."""
    read = Form()
    read.feed(page)
    return read


def ask(url: str, *, method: str = "GET", body: str = "", headers: dict[str, str] | None = None) -> Got:
    """Send one request and return the answer; no redirect is followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body or None, {**kind, **(headers or {})})
        answer = connection.getresponse()
        return Got(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode())
    finally:
        connection.close()


def send(page: str, base: str) -> Got:
    """Press the button of a page's form; `base` is where a form without a host goes."""
    read = form(page)
    url = read.action if "://" in read.action else base + read.action
    return ask(url, method="POST", body=urlencode(read.fields))


def callback(setup_url: str, github: str) -> str:
    """Set the App up as far as GitHub's redirect, and return the address that it leads to."""
    shown = send(ask(setup_url).page, github)
    assert shown.status == 200, shown.page
    return send(shown.page, github).headers["location"]
