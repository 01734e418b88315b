"""Which repository a run of Azure Pipelines builds: Azure's own, GitHub's or Bitbucket's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from atlantis_gate.errors import CIError
from atlantis_gate.frozen import frozen
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AZURE: Final = "azure-devops"
# https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables#build-variables-devops-services
URI: Final = "BUILD_REPOSITORY_URI"
COLLECTION: Final = "SYSTEM_COLLECTIONURI"
PROVIDER: Final = "BUILD_REPOSITORY_PROVIDER"
_HOSTS: Final[Mapping[str, str]] = {
    "tfsgit": AZURE,
    "github": "github",
    "githubenterprise": "github",
    "bitbucket": "bitbucket-cloud",
}
SET_BY_AGENT: Final = "The agent sets it; in a container of your own, pass the variable on (docker run --env)."
_NAME_ALL: Final = "Name the pull request with --host, --repo and --pull-request."
_WORD: Final = re.compile(r"[A-Za-z]{1,50}")
# https://learn.microsoft.com/en-us/azure/devops/organizations/settings/naming-restrictions
_NAME: Final = re.compile(r"[^\\/:*?\"<>|#%+\x00-\x1f\x7f]{1,256}")
_OWNED: Final = re.compile(r"/([A-Za-z0-9_-][A-Za-z0-9_.-]*/(?!\.{1,2}$)[A-Za-z0-9_.-]+?)(?:\.git)?/?")


@frozen
class Repository:
    """A repository: the kind of its host, the host's web address, and its full name there."""

    host: str
    server_url: str
    name: str


@frozen
class _Address:
    """A web address in parts: `https://host:port` and the decoded parts of its path."""

    origin: str
    host: str
    path: tuple[str, ...]


def variable(env: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    """Return a variable that matches a pattern as a whole. Raises CIError naming it."""
    value = env.get(name, "")
    if not value:
        raise CIError(f"the variable {name} is not set", advice=SET_BY_AGENT)
    if not pattern.fullmatch(value):
        raise _wrong(env, name)
    return value


def collection(env: Mapping[str, str]) -> str:
    """Return the web address of the pipeline's organization or collection, without a trailing slash."""
    _address(env, COLLECTION)
    return env[COLLECTION].rstrip("/")


def repository(env: Mapping[str, str]) -> Repository:
    """Return the repository that is built, which may lie in another project than the pipeline. Raises CIError naming what is wrong."""
    provider = variable(env, PROVIDER, _WORD)
    host = _HOSTS.get(provider.lower())
    if host is None:
        raise CIError(f"the repository of this run is of a kind ({PROVIDER} is {provider}) that does not tell its host", advice=_NAME_ALL)
    address = _address(env, URI)
    if host == AZURE:
        return _of_azure(env, address)
    match = _OWNED.fullmatch("/" + "/".join(address.path))
    if match is None:
        raise _wrong(env, URI)
    return Repository(host, address.origin, match[1])


def _of_azure(env: Mapping[str, str], address: _Address) -> Repository:
    """Read `[collection/][project/]_git/repository`; a project's repository of the same name goes without the project.

    https://learn.microsoft.com/en-us/azure/devops/repos/git/clone#get-the-clone-url-of-an-azure-repos-git-repo
    """
    if "_git" not in address.path:
        raise _wrong(env, URI)
    at = address.path.index("_git")
    before, names = address.path[:at], [part for part in address.path[at + 1 :] if part not in {"_full", "_optimized"}]
    server_url, organization, projects = _organization(env, address, before)
    if len(names) != 1 or len(projects) > 1:
        raise _wrong(env, URI)
    parts = (organization, projects[0] if projects else names[0], names[0])
    if not all(_NAME.fullmatch(part) and part not in {".", ".."} for part in parts):
        raise _wrong(env, URI)
    return Repository(AZURE, server_url, "/".join(parts))


def _organization(env: Mapping[str, str], address: _Address, before: Sequence[str]) -> tuple[str, str, Sequence[str]]:
    """Return the server, the organization or collection, and what of the path is left for the project."""
    # https://learn.microsoft.com/en-us/azure/devops/extend/develop/work-with-urls
    if address.host == "dev.azure.com" and before:
        return address.origin, before[0], before[1:]
    if address.host.endswith(".visualstudio.com"):
        rest = before[1:] if before and before[0].lower() == "defaultcollection" else before
        return address.origin, address.host.partition(".")[0], rest
    own = _address(env, COLLECTION)
    leading = tuple(part.lower() for part in own.path)
    if own.host != address.host or not leading or tuple(part.lower() for part in before[: len(leading)]) != leading:
        message = f"{URI} is {_shown(env, URI)}, which is not below {COLLECTION}, {_shown(env, COLLECTION)}"
        raise CIError(message, advice=_NAME_ALL)
    server_url = "/".join([address.origin, *before[: len(leading) - 1]])
    return server_url, before[len(leading) - 1], before[len(leading) :]


def _address(env: Mapping[str, str], name: str) -> _Address:
    """Read a web address; a user in it (Azure puts the organization there) is left out."""
    if not env.get(name):
        raise CIError(f"the variable {name} is not set", advice=SET_BY_AGENT)
    try:
        parts = urlsplit(env[name])
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise _wrong(env, name) from None
    # What a name could not hold is looked for once it is decoded: an encoded slash is none of the path's.
    path = tuple(unquote(part) for part in parts.path.split("/") if part)
    plain = re.fullmatch(r"[a-z0-9.:-]+", host) and all("/" not in part and part.isprintable() for part in path)
    if parts.scheme not in {"http", "https"} or not plain or parts.query or parts.fragment:
        raise _wrong(env, name)
    shown = f"[{host}]" if ":" in host else host
    return _Address(f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}", host, path)


def _wrong(env: Mapping[str, str], name: str) -> CIError:
    return CIError(f"the variable {name} is {_shown(env, name)}, not what Azure Pipelines puts there", advice=SET_BY_AGENT)


def _shown(env: Mapping[str, str], name: str) -> str:
    """Return a variable for an error, without what may be a user and a password."""
    return repr(one_line(re.sub(r"//[^/]*@", "//", env[name]), 100))
