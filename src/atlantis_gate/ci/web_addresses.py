"""Pull requests and repositories as web pages and git remotes name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from atlantis_gate.model import PullRequestRef

if TYPE_CHECKING:
    from urllib.parse import SplitResult

# What a public service is; on these names no other kind of address is believed.
_PUBLIC: Final = {
    "github.com": "github",
    "api.github.com": "",
    "gitlab.com": "gitlab",
    "bitbucket.org": "bitbucket-cloud",
    "api.bitbucket.org": "",
    "dev.azure.com": "azure-devops",
    "gitea.com": "gitea",
    "codeberg.org": "gitea",
}
# Where git over SSH is served under another name than the web pages.
# https://docs.github.com/en/authentication/troubleshooting-ssh/using-ssh-over-the-https-port
# https://docs.gitlab.com/user/gitlab_com/#alternative-ssh-port
# https://support.atlassian.com/bitbucket-cloud/docs/configure-ssh-and-two-step-verification/
# https://learn.microsoft.com/en-us/azure/devops/repos/git/use-ssh-keys-to-authenticate
_SSH_NAMES: Final = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
    "ssh.dev.azure.com": "dev.azure.com",
    "vs-ssh.visualstudio.com": "dev.azure.com",
}
_AZURE: Final = "dev.azure.com"
_OLD_AZURE: Final = ".visualstudio.com"
# What a pull request's page may end with, after the number.
_TABS: Final = frozenset({"activity", "builds", "changes", "commits", "diff", "diffs", "files", "overview", "pipelines"})

_PRINTABLE: Final = re.compile(r"[!-~]{1,2000}")
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
_SCP: Final = re.compile(r"(?:[A-Za-z0-9_.+-]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^:]+)")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
_NAME: Final = re.compile(r"[A-Za-z0-9_.~-]{1,255}")
# https://learn.microsoft.com/en-us/azure/devops/organizations/settings/naming-restrictions
_NOT_IN_AZURE: Final = frozenset("/\\:*?\"<>|#$*{},+=[]'")


def pull_request(url: str) -> PullRequestRef | None:
    """Return the pull request whose web page this is, None for any other address and for one that carries a password or a query."""
    parts = _split(url)
    if parts is None or "@" in parts.netloc or parts.query or parts.fragment or parts.scheme not in {"http", "https"}:
        return None
    segments = _segments(parts.path)
    found = _page(parts, segments[:-1] if len(segments) > 1 and segments[-1] in _TABS else segments)
    if found is None:
        return None
    kind, server, names, number = found
    believed = _PUBLIC.get(parts.hostname or "", kind) == kind
    valid = _azure_name if kind == "azure-devops" else _name
    root = _segments(urlsplit(server).path)
    if not believed or not _NUMBER.fullmatch(number) or not all(map(_name, root)) or not all(map(valid, names)):
        return None
    return PullRequestRef(host=kind, server_url=server, repo="/".join(names), number=int(number))


def remote(url: str) -> tuple[str, str] | None:
    """Return the server's web address and the repository's path for what `git clone` takes, None for anything else.

    `https`, `ssh`, `git` and the short form `git@host:owner/repo.git` are read; user names, passwords and SSH ports are dropped.
    """
    if not _PRINTABLE.fullmatch(url):
        return None
    short = None if "://" in url else _SCP.fullmatch(url)
    parts = _split(f"ssh://{short['host']}/{short['path'].lstrip('/')}" if short else url)
    if parts is None or parts.scheme not in {"http", "https", "ssh", "git", "git+ssh"} or parts.query or parts.fragment:
        return None
    host = _SSH_NAMES.get(parts.hostname or "", parts.hostname or "")
    names = _segments(parts.path.rstrip("/").removesuffix(".git"))
    azure = host == _AZURE or host.endswith(_OLD_AZURE)
    names = _azure_remote(host, names) if azure else names
    least = 3 if azure else 2
    if len(names) < least or not all(map(_azure_name if azure else _name, names)):
        return None
    if azure:
        return f"https://{_AZURE}", "/".join(names)
    web = parts.scheme in {"http", "https"}
    return _server(parts) if web else f"https://{_bracketed(host)}", "/".join(names)


def server(url: str) -> str | None:
    """Return a server's web address without a trailing slash, None for what is none or carries a password."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or "@" in parts.netloc or parts.query or parts.fragment:
        return None
    root = _segments(parts.path)
    return "/".join([_server(parts), *root]) if all(map(_name, root)) else None


def kind_of(server_url: str) -> str:
    """Return the kind of host that a public service is, empty for any other server."""
    return _PUBLIC.get(urlsplit(server_url).hostname or "", "")


def at_home(kind: str, server_url: str, path: str) -> PullRequestRef | None:
    """Return a remote's repository as its kind of host names it (with number 0), None where the path cannot be one of that kind.

    Bitbucket Data Center serves git below `scm`; what comes before that belongs to the server's address, as does what comes before
    owner and name on Gitea.
    """
    root: list[str] = []
    names = path.split("/")
    if kind == "bitbucket-data-center" and "scm" in names[:-2]:
        *root, _, owner, name = names
        names = [owner, name]
    elif kind == "gitea":
        root, names = names[:-2], names[-2:]
    pair = kind in {"github", "bitbucket-cloud", "bitbucket-data-center", "gitea"}
    if len(names) < 2 or (pair and len(names) > 2) or not all(map(_azure_name if kind == "azure-devops" else _name, names)):  # noqa: PLR2004
        return None
    return PullRequestRef(host=kind, server_url="/".join([server_url, *root]), repo="/".join(names), number=0)


def _page(parts: SplitResult, segments: tuple[str, ...]) -> tuple[str, str, tuple[str, ...], str] | None:
    """Return kind of host, server, the repository's names and the number that a page's path is made of."""
    kind, root, names = "", tuple[str, ...](), tuple[str, ...]()
    match segments[:-1]:
        case (*before, "_git", name, "pullrequest"):
            return _azure_page(parts, tuple(before), name, segments[-1])
        # https://docs.gitlab.com/user/project/merge_requests/; before GitLab 12.8 without the dash
        case (*path, "-", "merge_requests") | (*path, "merge_requests") if len(path) > 1:
            kind, names = "gitlab", tuple(path)
        # https://confluence.atlassian.com/bitbucketserver/pull-requests-776639997.html; personal repositories are below their user
        case (*before, ("projects" | "users") as level, owner, "repos", name, "pull-requests"):
            kind, root, names = "bitbucket-data-center", tuple(before), (f"~{owner}" if level == "users" else owner, name)
        case (owner, name, "pull-requests") if parts.hostname == "bitbucket.org":
            kind, names = "bitbucket-cloud", (owner, name)
        case (owner, name, "pull"):
            kind, names = "github", (owner, name)
        # An address of an API has `repos` before the owner.
        case (*before, owner, name, "pulls") if "repos" not in before:
            kind, root, names = "gitea", tuple(before), (owner, name)
        case _:
            return None
    return kind, "/".join([_server(parts), *root]), names, segments[-1]


def _azure_page(parts: SplitResult, before: tuple[str, ...], name: str, number: str) -> tuple[str, str, tuple[str, ...], str] | None:
    """Read an Azure DevOps page: organization or collection, project (left out where it is named like the repository), repository.

    https://learn.microsoft.com/en-us/azure/devops/extend/develop/work-with-urls
    """
    host = parts.hostname or ""
    if host.endswith(_OLD_AZURE) or host == _AZURE:
        names = _azure_remote(host, (*before, "_git", name))
        return ("azure-devops", f"https://{_AZURE}", names, number) if len(names) == 3 else None  # noqa: PLR2004
    if not before:
        return None
    project = before[1:][-1:] or (name,)
    collection, root = (before[-2], before[:-2]) if len(before) > 1 else (before[0], ())
    return "azure-devops", "/".join([_server(parts), *root]), (collection, *project, name), number


def _azure_remote(host: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return organization, project and repository of a path on Azure DevOps Services, in any of its forms; empty for none."""
    if names[:1] == ("v3",):
        return names[1:] if len(names) == 4 else ()  # noqa: PLR2004 - v3/organization/project/repository
    if host.endswith(_OLD_AZURE):
        organization = host.removesuffix(_OLD_AZURE)
        names = (organization, *(names[1:] if names[:1] == ("DefaultCollection",) else names))
    match names:
        case (organization, project, "_git", name):
            return organization, project, name
        case (organization, "_git", name):
            return organization, name, name
        case _:
            return ()


def _split(url: str) -> SplitResult | None:
    """Split an address, None where it is none; `urlsplit` alone would drop line ends and take any port."""
    if not _PRINTABLE.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 or not _HOST_NAME.fullmatch(parts.hostname or "") else parts


def _server(parts: SplitResult) -> str:
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{_bracketed(parts.hostname or '')}{port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _segments(path: str) -> tuple[str, ...]:
    return tuple(unquote(segment) for segment in path.strip("/").split("/")) if path.strip("/") else ()


def _name(name: str) -> bool:
    return name not in {".", ".."} and _NAME.fullmatch(name) is not None


def _azure_name(name: str) -> bool:
    return bool(name) and name not in {".", ".."} and name.isprintable() and not _NOT_IN_AZURE.intersection(name)
