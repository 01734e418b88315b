"""A pull request named by options, in any CI or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from atlantis_gate.errors import UsageError
from atlantis_gate.model import PullRequestRef

# For each host kind: the web address of its public service (empty for one that is self-hosted only) and the variable in which
# Atlantis keeps the host name of a self-hosted one.
Servers = Mapping[str, tuple[str, str]]
_OWNER_AND_REPO: Final = 2


def reference(env: Mapping[str, str], servers: Servers, *, host: str, host_url: str, repo: str, number: str) -> PullRequestRef | None:
    """Return the pull request that the options name, None when they name none.

    What only a CI can fill in is left empty: with `number` alone host, server and repo are. Raises UsageError for what cannot be read.
    """
    if not number:
        if host or host_url:
            raise UsageError("--host and --host-url need --pull-request", advice="Add --pull-request with the pull request's number.")
        return None
    if not (number.isascii() and number.isdigit() and int(number[:19]) > 0):
        raise UsageError(f"--pull-request: {number!r} is not the number of a pull request")
    if not repo and not host:
        return PullRequestRef(host="", server_url="", repo="", number=int(number))
    if not repo:
        raise UsageError("--host needs --repo", advice="Add --repo with the repo, such as acme/infra.")
    kind, server, path = _place(env, servers, host, host_url, repo)
    return PullRequestRef(host=kind, server_url=server, repo=path, number=int(number))


def _place(env: Mapping[str, str], servers: Servers, host: str, host_url: str, repo: str) -> tuple[str, str, str]:
    name, path = split_id(repo)
    kind = host or _kind(servers, name)
    if kind not in servers:
        what = f"--host: {host!r} is not a host" if host else f"--repo: cannot tell which host {repo!r} is on"
        raise UsageError(what, advice=f"Give --host with one of {', '.join(servers)}.")
    server = host_url.rstrip("/") or (f"https://{name}" if name else _server(env, kind, *servers[kind]))
    if not _is_address(server):
        raise UsageError(f"--host-url: {server!r} is not a web address", advice="Give it as https://host.name.")
    return kind, server, path


def _is_address(server: str) -> bool:
    try:
        parts = urlsplit(server)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not ("@" in parts.netloc or parts.query)


def split_id(repo: str) -> tuple[str, str]:
    """Split `host.name/owner/repo` into host name and path; without a host name that is empty. Raises UsageError for neither form."""
    parts = repo.strip("/").split("/")
    if len(parts) < _OWNER_AND_REPO or not all(parts):
        raise UsageError(f"--repo: {repo!r} is neither owner/repo nor host.name/owner/repo")
    # Owners have no dot on any public host but may on self-hosted ones: only a first of three parts is taken for a host name.
    if len(parts) > _OWNER_AND_REPO and ("." in parts[0] or parts[0] == "localhost"):
        return parts[0], "/".join(parts[1:])
    return "", "/".join(parts)


def _kind(servers: Servers, name: str) -> str:
    return next((kind for kind, (server, _) in servers.items() if name and urlsplit(server).hostname == name), "")


def _server(env: Mapping[str, str], kind: str, public: str, variable: str) -> str:
    named = env.get(variable, "").rstrip("/")
    if named:
        return named if "://" in named else f"https://{named}"
    if not public:
        raise UsageError(f"--host {kind} needs --host-url", advice="Give the host's web address, such as https://git.example.com.")
    return public
