"""Hosts on real sockets that refuse, reset, cut, stay silent, drip or come to no end: the run ends in time, with a reason."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from faults import loopback
from faults.loopback import TOKENS, opened, options
from hosts.stories import FINE
from programs import Ran, gate, workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# One host for each of the clients: PyGithub, python-gitlab, requests alone. Where each is asked what decides.
PLACES = {"github": "/graphql", "gitlab": "/approvals", "gitea": "/reviews"}
# What the run is given, and what it may take on a busy machine; what drips goes on for much longer.
SECONDS = 1
MOST = 8
WIRES: tuple[Callable[..., None], ...] = (
    loopback.reset,
    loopback.closed,
    loopback.cut,
    loopback.silent,
    loopback.babble,
    loopback.drip,
    loopback.drip_from_the_start,
    loopback.endless_head,
)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go through no proxy."""
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def check(kind: str, port: int, folder: Path) -> Ran:
    """Check the pull request of a host on a port, and assert that it does not take longer than it may."""
    root = workspace(folder / "root", {"staging/main.tf": "", "docs/a.md": ""})
    given = ["--require", "approved", "--root", str(root), "--no-status", "--comment", "never", "--timeout", str(SECONDS)]
    began = time.monotonic()
    ran = gate("check", *options(kind, port), *given, env=TOKENS[kind])
    assert time.monotonic() - began < MOST
    assert "Traceback" not in ran.out + ran.err
    return ran


@pytest.mark.parametrize("kind", PLACES)
def test_a_host_on_a_real_socket_is_read(kind: str, tmp_path: Path) -> None:
    with opened(kind, FINE) as host:
        ran = check(kind, host.port, tmp_path)
    assert ran.code == 0, ran.out + ran.err


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.__name__)
@pytest.mark.parametrize("kind", PLACES)
def test_a_request_that_goes_wrong_on_the_wire_opens_nothing(kind: str, wire: Callable[..., None], tmp_path: Path) -> None:
    with opened(kind, FINE) as host:
        host.wire, host.place = wire, PLACES[kind]
        ran = check(kind, host.port, tmp_path)
    assert ran.code == 2, ran.out + ran.err
    assert "(reading the " in " ".join((ran.out + ran.err).split())


@pytest.mark.parametrize("kind", PLACES)
def test_nobody_who_listens_opens_nothing(kind: str, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        ran = check(kind, unused.getsockname()[1], tmp_path)
    assert ran.code == 2, ran.out
    assert "no answer (ConnectionError)" in ran.err
    assert "(reading the " in ran.err
