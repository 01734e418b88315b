"""Where a repository's APIs are on Azure DevOps Services and Server, from the server's URL and the repository's full name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit, urlunsplit

from atlantis_gate.errors import HostError
from atlantis_gate.frozen import frozen

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_OPERATION: Final = "finding Azure DevOps' API"
# https://learn.microsoft.com/en-us/azure/devops/extend/develop/work-with-urls
_SERVICES: Final = "dev.azure.com"
_OLD_SERVICES: Final = ".visualstudio.com"


@frozen
class Addresses:
    """A repository: the URL of its organization or collection (no trailing slash), and the names of its project and of itself."""

    collection: str
    project: str
    repository: str

    @property
    def git(self) -> str:
        """Where the repository's Git API is."""
        return f"{self.collection}/{_quoted(self.project)}/_apis/git/repositories/{_quoted(self.repository)}"

    @property
    def policies(self) -> str:
        """Where the project's policy evaluations are."""
        return f"{self.collection}/{_quoted(self.project)}/_apis/policy/evaluations"

    @property
    def connection(self) -> str:
        """Where the token's own identity is told."""
        return f"{self.collection}/_apis/connectionData"

    def permission(self, namespace: str, bits: int) -> str:
        """Return where the token's own permissions are told."""
        return f"{self.collection}/_apis/permissions/{namespace}/{bits}"

    def page(self, number: int) -> str:
        """Return the web address of a pull request."""
        return f"{self.collection}/{_quoted(self.project)}/_git/{_quoted(self.repository)}/pullrequest/{number}"


def addresses(server_url: str, repo: str) -> Addresses:
    """Return where a repository is: the last two parts of its full name are project and repository, the ones before go to the URL.

    So `https://dev.azure.com` with `org/project/repo` is the same as `https://dev.azure.com/org` with `project/repo`. Raises HostError
    for a URL that is none and for a name with too few parts.
    """
    parts = _parts(server_url)
    host, path = (parts.hostname or "").casefold(), [part for part in parts.path.split("/") if part]
    names = repo.split("/")
    if len(names) > 2 and host == f"{names[0].casefold()}{_OLD_SERVICES}":  # noqa: PLR2004 - organization, project and repository
        names = names[1:]
    least = 3 if host == _SERVICES and not path else 2
    if len(names) < least or any(name in {"", ".", ".."} for name in names):
        wanted = "organization/project/repository" if least > 2 else "project/repository"  # noqa: PLR2004
        raise HostError(
            f"{repo!r} names no repository of Azure DevOps: it takes the form {wanted}",
            operation=_OPERATION,
            advice="Give --repo in that form, or --host-url with the organization or collection in it.",
        )
    *leading, project, repository = names
    collection = urlunsplit((parts.scheme, parts.netloc, "/".join(["", *path, *map(_quoted, leading)]), "", ""))
    return Addresses(collection, project, repository)


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _parts(url: str) -> SplitResult:
    parts = _split(url if "://" in url else f"https://{url}")
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise HostError(
            "the Azure DevOps server's URL is not one of the form https://host or https://host/tfs/Collection",
            operation=_OPERATION,
            advice="Set --host-url; in Azure Pipelines leave SYSTEM_COLLECTIONURI as it is.",
        )
    return parts


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts
