"""Buildkite: reads the pull request of a build and the repository of its pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atlantis_gate.ci import web_addresses
from atlantis_gate.ci.build_variables import NAME_IT, choose, commit, number, page, text, wrong
from atlantis_gate.ci.logs import Log
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import PullRequestRef, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.ci import Publication

__all__ = ["LOG", "MARKER", "NAME", "detect", "publish", "read"]

# Variables: https://buildkite.com/docs/pipelines/configure/environment-variables
NAME: Final = "buildkite"
MARKER: Final = "BUILDKITE"
# A group ends where the next one begins: https://buildkite.com/docs/pipelines/configure/managing-log-output
LOG: Final = Log(colors=True, opening="~~~ {title}")
# BUILDKITE_PIPELINE_PROVIDER: which host a pipeline's repository is on, for those whose name does not tell.
_PROVIDERS: Final = {
    "github": "github",
    "github_enterprise": "github",
    "gitlab": "gitlab",
    "gitlab_ee": "gitlab",
    "bitbucket": "bitbucket-cloud",
    "bitbucket_server": "bitbucket-data-center",
}
# What a build that nobody gave a commit is for, until its first checkout.
_TIP: Final = "HEAD"


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is Buildkite."""
    return env.get(MARKER) == "true"


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which pull request this build is for; `explicit` wins. Raises CIError naming the variable that is missing or wrong."""
    return choose(explicit, own=lambda: _own(env), here=lambda named: _here(env, named), other=lambda target: _run(env, target))


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Do nothing: annotations and meta-data are the agent's to write, and nothing that is printed is a command to it."""
    del env, publication, command


def _own(env: Mapping[str, str]) -> Run:
    if env.get("BUILDKITE_PULL_REQUEST", "false") in {"", "false"}:
        raise CIError("this build is for no pull request (BUILDKITE_PULL_REQUEST)", advice=NAME_IT)
    target = _here(env, number(env, "BUILDKITE_PULL_REQUEST"))
    # With this setting the build is of the merge of head and base, and which of them the commit is, is not documented.
    merged = env.get("BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC") == "true"
    head = None if merged or env.get("BUILDKITE_COMMIT") == _TIP else commit(env, "BUILDKITE_COMMIT")
    return replace(_run(env, target), head_sha=head)


def _here(env: Mapping[str, str], named: int) -> PullRequestRef:
    """Return the pull request of a number in the pipeline's repository, which is the base repository even for a fork."""
    place = web_addresses.remote(text(env, "BUILDKITE_REPO"))
    if place is None:
        raise wrong(env, "BUILDKITE_REPO", "the address of a git repository")
    kind = web_addresses.kind_of(place[0]) or _PROVIDERS.get(env.get("BUILDKITE_PIPELINE_PROVIDER", ""), "")
    home = web_addresses.at_home(kind, *place)
    if home is None or not home.host:
        raise wrong(env, "BUILDKITE_REPO", "a repository on a host that the gate knows by its name or by BUILDKITE_PIPELINE_PROVIDER")
    return replace(home, number=named)


def _run(env: Mapping[str, str], target: PullRequestRef) -> Run:
    folder = env.get("BUILDKITE_BUILD_CHECKOUT_PATH") or "."
    return Run(ci=NAME, target=target, event=env.get("BUILDKITE_SOURCE", ""), url=page(env, "BUILDKITE_BUILD_URL"), workspace=folder)
