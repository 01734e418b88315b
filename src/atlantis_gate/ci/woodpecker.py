"""Woodpecker: reads the pull request of a pipeline and the forge that it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.ci import web_addresses
from atlantis_gate.ci.build_variables import NAME_IT, choose, commit, number, page, text, wrong
from atlantis_gate.ci.logs import COLORED
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import PullRequestRef, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.ci import Publication

__all__ = ["LOG", "MARKER", "NAME", "detect", "publish", "read"]

# Variables: https://woodpecker-ci.org/docs/usage/environment
NAME: Final = "woodpecker"
MARKER: Final = "CI"
LOG: Final = COLORED
# CI_FORGE_TYPE: https://github.com/woodpecker-ci/woodpecker/blob/main/server/model/forge.go
_FORGES: Final = {
    "github": "github",
    "gitlab": "gitlab",
    "gitea": "gitea",
    "forgejo": "gitea",
    "bitbucket": "bitbucket-cloud",
    "bitbucket-dc": "bitbucket-data-center",
    "bitbucket_dc": "bitbucket-data-center",
}


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is Woodpecker."""
    return env.get(MARKER) == "woodpecker"


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which pull request this pipeline is for; `explicit` wins. Raises CIError naming the variable that is missing or wrong."""
    return choose(explicit, own=lambda: _own(env), here=lambda named: _here(env, named), other=lambda target: _run(env, target))


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Do nothing: Woodpecker takes no outputs, and nothing that is printed is a command to it."""
    del env, publication, command


def _own(env: Mapping[str, str]) -> Run:
    if not env.get("CI_COMMIT_PULL_REQUEST"):
        raise CIError("this pipeline is for no pull request (CI_COMMIT_PULL_REQUEST is not set)", advice=NAME_IT)
    target = _here(env, number(env, "CI_COMMIT_PULL_REQUEST"))
    return replace(_run(env, target), head_sha=commit(env, "CI_COMMIT_SHA"))


def _here(env: Mapping[str, str], named: int) -> PullRequestRef:
    """Return the pull request of a number in this repository, which is the base repository even for a fork."""
    kind = _FORGES.get(text(env, "CI_FORGE_TYPE"), "")
    if not kind:
        raise wrong(env, "CI_FORGE_TYPE", "a forge that the gate knows")
    server = web_addresses.server(text(env, "CI_FORGE_URL"))
    if server is None or web_addresses.kind_of(server) not in {"", kind}:
        raise wrong(env, "CI_FORGE_URL", "the web address of that forge")
    home = web_addresses.at_home(kind, server, text(env, "CI_REPO"))
    if home is None:
        raise wrong(env, "CI_REPO", "the full name of a repository")
    return replace(home, number=named)


def _run(env: Mapping[str, str], target: PullRequestRef) -> Run:
    event, folder = env.get("CI_PIPELINE_EVENT", ""), env.get("CI_WORKSPACE") or "."
    return Run(ci=NAME, target=target, event=event, url=page(env, "CI_PIPELINE_URL"), workspace=folder)
