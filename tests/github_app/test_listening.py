"""The local page's server, asked over real sockets."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from atlantis_gate.deadline import Deadline
from atlantis_gate.errors import HostError, UsageError
from atlantis_gate.github_app.door import Address, Asked, Door
from atlantis_gate.github_app.listening import Listening
from github_app.person import Got, ask
from github_app.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = "a180b1a3d263c81bc6441d7b990bae27d4c10679"


@contextmanager
def listening(door: Door | None = None) -> Iterator[tuple[Address, Listening]]:
    address = Address(free_port())
    with Listening(address.port, door or Door(address, "<p>the page</p>", "https://github.com")) as page:
        yield address, page


def back(address: Address) -> str:
    return f"{address.callback_url}?code={CODE}&state={address.state}"


class Asking(threading.Thread):
    """A browser that asks and waits for its page."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.got: Got | None = None

    def run(self) -> None:
        self.got = ask(self.url)

    @classmethod
    def started(cls, url: str) -> Asking:
        made = cls(url)
        made.start()
        return made

    def page(self) -> Got:
        self.join(20)
        assert self.got is not None
        return self.got


def raw(port: int, request: bytes) -> bytes:
    """Send bytes and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_the_page_comes_with_headers_that_keep_it_to_itself() -> None:
    with listening() as (address, _):
        got = ask(address.setup_url)
    assert (got.status, got.page) == (200, "<p>the page</p>")
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["referrer-policy"] == "no-referrer"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["cross-origin-opener-policy"] == "same-origin"
    assert "form-action https://github.com;" in got.headers["content-security-policy"]
    assert got.headers["server"] == "atlantis-gate"
    assert "atlantis-gate-setup=" in got.headers["set-cookie"]


def test_the_browser_that_brings_the_code_gets_the_page_that_the_program_answers_with() -> None:
    with listening() as (address, page):
        browser = Asking.started(back(address))
        visit = page.wait(Deadline(20))
        assert visit.code.text == CODE
        visit.answer("<p>done</p>")
        got = browser.page()
    assert (got.status, got.page) == (200, "<p>done</p>")
    assert "form-action 'none';" in got.headers["content-security-policy"]


def test_while_one_browser_waits_a_second_code_is_refused() -> None:
    with listening() as (address, page):
        browser = Asking.started(back(address))
        visit = page.wait(Deadline(20))
        assert ask(back(address)).status == 410
        visit.answer("")
        browser.page()
        assert ask(back(address)).status == 410


def test_a_request_that_hangs_does_not_keep_others_waiting() -> None:
    with listening() as (address, _), socket.create_connection(("127.0.0.1", address.port)) as silent:
        silent.sendall(b"GET ")
        assert ask(address.setup_url).status == 200


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "BREW"])
def test_any_other_method_is_refused(method: str) -> None:
    with listening() as (address, _):
        for url in (address.setup_url, back(address)):
            target = url.removeprefix(f"http://127.0.0.1:{address.port}")
            answer = raw(address.port, f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/1.0 405 ")
            assert b"\r\nAllow: GET\r\n" in answer
            assert answer.endswith(b"\r\n\r\n") is (method == "HEAD")
        assert ask(address.setup_url).status == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET {setup} HTTP/1.1\r\n\r\n", b"421"),
        (b"GET {setup} HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET {setup} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET http://evil.example{setup} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", b"404"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", b"414"),
        (b"GET /" + b"a" * 3_000 + b" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"GET /\x80\xff HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", b"404"),
    ],
)
def test_what_is_no_proper_request_is_refused_in_few_words(request_: bytes, status: bytes) -> None:
    with listening() as (address, _):
        port = str(address.port).encode()
        answer = raw(address.port, request_.replace(b"{setup}", f"/{address.ticket}".encode()).replace(b"{port}", port))
        assert answer.startswith(b"HTTP/1.0 " + status)
        assert not {address.ticket.encode(), address.state.encode(), b"Python", b"the page"} & set(re.split(rb"[^\w-]", answer))
        assert ask(address.setup_url).status == 200


def test_a_request_without_a_version_gets_no_page() -> None:
    with listening() as (address, _):
        assert raw(address.port, f"GET /{address.ticket}\r\n".encode()).startswith(b"HTTP/1.0 421")


def test_it_listens_on_the_loopback_interface_alone() -> None:
    with listening() as (_, page):
        assert page._server.server_address[0] == "127.0.0.1"


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with listening() as (address, page):
        ask(f"http://127.0.0.1:{address.port}/nothing")
        browser = Asking.started(back(address))
        page.wait(Deadline(20)).answer("")
        browser.page()
    assert capsys.readouterr() == ("", "")


def test_afterwards_the_port_is_free_again() -> None:
    with listening() as (address, _):
        pass
    with pytest.raises(ConnectionRefusedError):
        ask(address.setup_url)
    with Listening(address.port, Door(address, "", "")):
        assert ask(address.setup_url).status == 200


def test_a_port_that_is_taken_is_told_with_the_option_to_change() -> None:
    with listening() as (address, _), pytest.raises(UsageError, match=f"--port {address.port}") as caught:
        Listening(address.port, Door(address, "", ""))
    assert "another port with --port" in str(caught.value)


@pytest.mark.parametrize("port", [65_536, 999_999])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(UsageError, match="no such port"):
        Listening(port, Door(Address(port), "", ""))


def test_nobody_coming_ends_it_in_time() -> None:
    seconds = iter([0.0, 0.0, 299.9, 299.9, 301.0])
    told: list[str] = []
    deadline = Deadline(300, told.append, lambda: next(seconds, 301.0))
    with listening() as (_, page), pytest.raises(HostError, match="within 300 s"):
        page.wait(deadline)
    assert told[0].startswith("waiting for GitHub to send the browser back")


def test_a_browser_is_not_left_waiting_when_the_program_stops() -> None:
    with listening() as (address, page):
        browser = Asking.started(back(address))
        page.wait(Deadline(20))
    assert "was stopped" in browser.page().page


class Broken(Door):
    def admit(self, asked: Asked) -> Any:
        raise ZeroDivisionError(asked)


def test_a_bug_in_the_server_is_not_swallowed() -> None:
    with listening(Broken(Address(1), "", "")) as (address, page):
        raw(address.port, b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ZeroDivisionError):
            page.wait(Deadline(20))
