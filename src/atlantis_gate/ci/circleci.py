"""CircleCI: reads the pull request that the pipeline's branch belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.ci import web_addresses
from atlantis_gate.ci.build_variables import NAME_ALL, NAME_IT, choose, commit, page, wrong
from atlantis_gate.ci.logs import COLORED
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import PullRequestRef, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.ci import Publication

__all__ = ["LOG", "MARKER", "NAME", "detect", "publish", "read"]

# Variables: https://circleci.com/docs/reference/variables/#built-in-environment-variables
NAME: Final = "circleci"
MARKER: Final = "CIRCLECI"
LOG: Final = COLORED
# It holds one of several: which one, nobody says.
_ONE: Final = "CIRCLE_PULL_REQUEST"
_ALL: Final = "CIRCLE_PULL_REQUESTS"
_REPOSITORY: Final = "CIRCLE_REPOSITORY_URL"
_APP: Final = "Projects of the GitHub App and of GitLab are not told it: map a pipeline value to that variable under `environment`."


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is CircleCI."""
    return env.get(MARKER) == "true"


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which pull request this job is for; `explicit` wins. Raises CIError naming the variable that is missing or wrong."""
    return choose(explicit, own=lambda: _own(env), here=lambda named: _here(env, named), other=lambda target: _run(env, target))


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Do nothing: CircleCI takes no outputs, and nothing that is printed is a command to it."""
    del env, publication, command


def _own(env: Mapping[str, str]) -> Run:
    named = [address for address in env.get(_ALL, "").split(",") if address]
    if len(set(named)) > 1:
        raise CIError(f"this branch has {len(set(named))} pull requests ({_ALL})", advice=NAME_IT)
    if not env.get(_ONE):
        raise CIError(f"this job is for no pull request ({_ONE} is not set)", advice=f"{NAME_IT} {_APP}")
    return replace(_run(env, _pull_request(env)), head_sha=commit(env, "CIRCLE_SHA1"))


def _pull_request(env: Mapping[str, str]) -> PullRequestRef:
    target = web_addresses.pull_request(env[_ONE])
    if target is None:
        raise wrong(env, _ONE, "the web address of a pull request on a host that the gate knows")
    return target


def _here(env: Mapping[str, str], named: int) -> PullRequestRef:
    """Return the pull request of a number in this project's repository."""
    if env.get(_ONE):
        return replace(_pull_request(env), number=named)
    if not env.get(_REPOSITORY):
        raise CIError(f"neither {_ONE} nor {_REPOSITORY} says which repository this job is for", advice=NAME_ALL)
    place = web_addresses.remote(env[_REPOSITORY])
    home = web_addresses.at_home(web_addresses.kind_of(place[0]), *place) if place else None
    if home is None or not home.host:
        raise wrong(env, _REPOSITORY, "a repository on a host that the gate knows by its name")
    return replace(home, number=named)


def _run(env: Mapping[str, str], target: PullRequestRef) -> Run:
    # CIRCLE_WORKING_DIRECTORY begins with `~`; steps start in it.
    return Run(ci=NAME, target=target, url=page(env, "CIRCLE_BUILD_URL"))
