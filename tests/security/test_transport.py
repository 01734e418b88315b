"""Over real sockets: where a credential is sent, which servers are trusted, and which proxies are used."""

from __future__ import annotations

import gc
import re
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from atlantis_gate.deadline import Deadline
from conftest import ROOT
from faults.transport import Clock
from programs import Ran, gate, workspace
from security.certificates import Authority
from security.loopback import Got, Listener, Said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# One host for each of the clients: requests alone, PyGithub, python-gitlab; the variable of its token, and the header that it goes in.
KINDS = {
    "gitea": ("GITEA_TOKEN", "authorization"),
    "github": ("GITHUB_TOKEN", "authorization"),
    "gitlab": ("GITLAB_TOKEN", "private-token"),
}
TOKEN = "S3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr"
PASSWORD = "pr0xyPassw0rd"
PAGE = (ROOT / "docs" / "network.md").read_text(encoding="utf-8")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Leave nothing of the machine's own network settings, and let time pass by waiting alone."""
    for name in (*PROXIES, *AUTHORITIES, "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    clock = Clock()
    with patch("atlantis_gate.session.Deadline", partial(Deadline, clock=clock, sleep=clock.sleep)):
        yield


def check(kind: str, url: str, folder: Path, **env: str) -> Ran:
    """Ask a server about a pull request; as it answers 404, the run ends with exit code 2."""
    root = workspace(folder / "root", {"staging/main.tf": ""})
    where = ["--host", kind, "--host-url", url, "--repo", "acme/infra", "--pull-request", "7", "--root", str(root)]
    ran = gate("check", *where, env={KINDS[kind][0]: TOKEN, **env})
    assert ran.code == 2, ran.out
    assert "Traceback" not in ran.err, ran.err
    for secret in (TOKEN, PASSWORD):
        assert secret not in ran.out + ran.err
    return ran


def credentials(kind: str, server: Listener) -> set[str]:
    """Return the last word of each credential that a server was sent."""
    return {got.headers.get(KINDS[kind][1], "").rpartition(" ")[2] for got in server.got}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_to_another_origin_is_not_followed(kind: str, status: int, tmp_path: Path) -> None:
    with Listener() as other, Listener() as server:
        for target in (
            f"{other.url}/api",
            f"http://127.0.0.1:{other.port}/api",
            f"//localhost:{other.port}/x",
            f"HTTP://LOCALHOST:{other.port}",
        ):
            server.answer = lambda _, target=target: Said(status, {"Location": target}, b"")  # type: ignore[misc]
            ran = check(kind, server.url, tmp_path)
            assert f"redirected ({status}" in ran.err
        assert (credentials(kind, server), other.got) == ({TOKEN}, [])


# In PyGithub requests looks where a redirect leads, breaks off, and leaves the connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("location", ["http://[", "http://localhost:x", "//", "\x7f", "http://\udcff", "https://localhost:99999", ""])
@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_to_nowhere_is_an_error(kind: str, location: str, tmp_path: Path) -> None:
    with Listener(lambda _: Said(302, {"Location": location.encode("utf-8", "surrogateescape").decode("latin-1")}, b"")) as server:
        assert re.search(r"redirect|an answer that cannot be read", check(kind, server.url, tmp_path).err)
    gc.collect()


@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_from_https_to_http_of_the_same_server_is_not_followed(
    kind: str, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with Listener() as other, Listener(lambda _: Said(302, {"Location": other.url}, b""), authority.certificate()) as server:
        check(kind, server.url, tmp_path)
        assert (credentials(kind, server), other.got) == ({TOKEN}, [])


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_with_a_certificate_of_nobody_known_is_sent_nothing(kind: str, tmp_path: Path, authority: Authority) -> None:
    with Listener(certificate=authority.certificate()) as server:
        ran = check(kind, server.url, tmp_path)
        assert "no trusted connection (SSLError)" in ran.err
        assert server.got == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_private_authority_is_trusted_where_it_is_named(
    kind: str, variable: str, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(authority.file))
    with Listener(certificate=authority.certificate()) as server:
        assert "404" in check(kind, server.url, tmp_path).err
        assert credentials(kind, server) == {TOKEN}
    assert f"`{variable}`" in PAGE


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("kind", KINDS)
def test_openssls_own_variables_change_nothing(
    kind: str, variable: str, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(authority.file if variable.endswith("FILE") else tmp_path))
    with Listener(certificate=authority.certificate()) as server:
        check(kind, server.url, tmp_path)
        assert server.got == []
    assert f"`{variable}`" in PAGE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("host", "expired"), [("other.example", False), ("localhost", True)])
def test_a_certificate_of_another_server_or_of_another_time_is_refused(
    kind: str, host: str, expired: bool, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with Listener(certificate=authority.certificate(host, expired=expired)) as server:
        check(kind, server.url, tmp_path)
        assert server.got == []


def test_gitlabs_runner_names_its_servers_authority(tmp_path: Path, authority: Authority) -> None:
    with Listener(certificate=authority.certificate()) as server:
        env = {"CI_SERVER_TLS_CA_FILE": str(authority.file), "CI_SERVER_URL": server.url}
        check("gitlab", server.url, tmp_path, **env)
        assert credentials("gitlab", server) == {TOKEN}
    assert "`CI_SERVER_TLS_CA_FILE`" in PAGE


@pytest.mark.parametrize(
    ("name", "text"), [("gone.pem", "authorities to trust (REQUESTS_CA_BUNDLE)"), ("odd.pem", "no trusted connection")]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_that_cannot_be_read_is_an_error_and_nothing_is_sent(
    kind: str, name: str, text: str, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.pem").write_text("no certificate", encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / name))
    with Listener(certificate=authority.certificate()) as server:
        assert text in check(kind, server.url, tmp_path).err
        assert server.got == []


@pytest.mark.parametrize("spelt", [str.upper, str.lower])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_is_used_for_http(kind: str, variable: str, spelt: type[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener() as proxy, Listener() as server:
        monkeypatch.setenv(spelt(variable), f"http://robot:{PASSWORD}@localhost:{proxy.port}")
        check(kind, server.url, tmp_path)
        assert {got.target.startswith(server.url) for got in proxy.got} == {True}
        assert all("proxy-authorization" in got.headers for got in proxy.got)
        assert server.got == []
    assert f"`{variable}`" in PAGE


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_for_https_is_told_the_server_and_nothing_else(
    kind: str, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with Listener(lambda _: Said(200)) as proxy, Listener(certificate=authority.certificate()) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://robot:{PASSWORD}@localhost:{proxy.port}")
        check(kind, server.url, tmp_path)
        assert {(got.method, got.target) for got in proxy.got} == {("CONNECT", f"localhost:{server.port}")}
        assert TOKEN not in str(proxy.got)
        assert credentials(kind, server) == {TOKEN}
        assert "proxy-authorization" not in server.got[0].headers
    assert "`HTTPS_PROXY`" in PAGE


@pytest.mark.parametrize("named", ["localhost", "127.0.0.1,localhost", "*"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_proxy_is_used_for_what_is_excepted(kind: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener() as proxy, Listener() as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://localhost:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", named)
        check(kind, server.url, tmp_path)
        assert (credentials(kind, server), proxy.got) == ({TOKEN}, [])
    assert "`NO_PROXY`" in PAGE


def refusing(got: Got) -> Said:
    """Refuse as a proxy does that says what it was given."""
    return Said(407, {"Proxy-Authenticate": f'Basic realm="{got.headers.get("proxy-authorization")}"'}, PASSWORD.encode())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_or_is_gone_is_told_without_its_password(
    kind: str, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Listener(refusing) as proxy:
        address = f"http://robot:{PASSWORD}@localhost:{proxy.port}"
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", address)
        check(kind, f"{scheme}://git.example.com", tmp_path, **{f"{scheme.upper()}_PROXY": address})
        assert proxy.got
    ran = check(kind, f"{scheme}://git.example.com", tmp_path, **{f"{scheme.upper()}_PROXY": address})
    assert "ProxyError" in ran.err


@pytest.mark.parametrize("kind", KINDS)
def test_a_netrc_on_the_runner_changes_no_credential(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login eve password wrong\ndefault login eve password wrong\n", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    with Listener() as server:
        check(kind, server.url, tmp_path)
        assert credentials(kind, server) == {TOKEN}
        assert all(got.headers.get("authorization", TOKEN).endswith(TOKEN) for got in server.got)
