"""Jenkins: reads what a multibranch pipeline tells of a pull request, and leaves a test report in the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from atlantis_gate.ci import web_addresses
from atlantis_gate.ci.build_variables import NAME_ALL, NAME_IT, choose, number, page, text, wrong
from atlantis_gate.ci.logs import PLAIN
from atlantis_gate.errors import CIError
from atlantis_gate.frozen import replace
from atlantis_gate.model import PullRequestRef, Run
from atlantis_gate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atlantis_gate.ci import Publication

__all__ = ["LOG", "MARKER", "NAME", "detect", "publish", "read"]

# Variables: https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables and, for CHANGE_*,
# https://github.com/jenkinsci/branch-api-plugin/tree/master/src/main/resources/jenkins/branch/BranchNameContributor
NAME: Final = "jenkins"
MARKER: Final = "JENKINS_URL"
# Without a plugin escapes are shown as they are: https://plugins.jenkins.io/ansicolor/
LOG: Final = PLAIN
JUNIT_FILE: Final = "atlantis-gate.junit.xml"
_MULTIBRANCH: Final = "Or let the gate run in a multibranch pipeline that builds pull requests."


def detect(env: Mapping[str, str]) -> bool:
    """Tell whether this is Jenkins."""
    return bool(env.get(MARKER))


def read(env: Mapping[str, str], explicit: PullRequestRef | None) -> Run:
    """Read which pull request this build is for; `explicit` wins. Raises CIError naming the variable that is missing or wrong.

    The head is not told: GIT_COMMIT may be a merge that Jenkins made itself.
    """
    return choose(explicit, own=lambda: _own(env), here=lambda named: _here(env, named), other=lambda target: _run(env, target))


def publish(env: Mapping[str, str], publication: Publication, command: Callable[[str], None]) -> None:
    """Leave the JUnit report in the workspace, for the step `junit`; one of an earlier build is taken away. No other output exists.

    Raises CIError where the workspace cannot be written; without one nothing is.
    """
    del command
    folder = Path(env.get("WORKSPACE", ""))
    if not env.get("WORKSPACE") or not folder.is_dir():
        return
    try:
        # A link in the checkout must lead the report nowhere else: what is there is replaced, not written to.
        (folder / JUNIT_FILE).unlink(missing_ok=True)
        if publication.junit:
            with (folder / JUNIT_FILE).open("xb") as file:
                file.write(publication.junit.encode("utf-8", "replace"))
    except OSError as error:
        message = f"{JUNIT_FILE} cannot be written to the workspace (WORKSPACE): {one_line(str(error), 200)}"
        raise CIError(message, advice="Let the step run as a user that may write there.") from error


def _own(env: Mapping[str, str]) -> Run:
    if not env.get("CHANGE_ID"):
        raise CIError("this build is for no pull request (CHANGE_ID is not set)", advice=f"{NAME_IT} {_MULTIBRANCH}")
    target = _change(env)
    if target.number != number(env, "CHANGE_ID"):
        raise CIError(f"CHANGE_ID is {number(env, 'CHANGE_ID')}, but CHANGE_URL is pull request {target.number}'s", advice=NAME_ALL)
    return _run(env, target)


def _change(env: Mapping[str, str]) -> PullRequestRef:
    target = web_addresses.pull_request(text(env, "CHANGE_URL"))
    if target is None:
        raise wrong(env, "CHANGE_URL", "the web address of a pull request on a host that the gate knows")
    return target


def _here(env: Mapping[str, str], named: int) -> PullRequestRef:
    """Return the pull request of a number in the repository that this build is for."""
    if env.get("CHANGE_URL"):
        return replace(_change(env), number=named)
    # https://plugins.jenkins.io/git/#plugin-content-environment-variables
    if not env.get("GIT_URL"):
        raise CIError("neither CHANGE_URL nor GIT_URL says which repository this build is for", advice=NAME_ALL)
    place = web_addresses.remote(env["GIT_URL"])
    home = web_addresses.at_home(web_addresses.kind_of(place[0]), *place) if place else None
    if home is None or not home.host:
        raise wrong(env, "GIT_URL", "a repository on a host that the gate knows by its name")
    return replace(home, number=named)


def _run(env: Mapping[str, str], target: PullRequestRef) -> Run:
    return Run(ci=NAME, target=target, url=page(env, "BUILD_URL"), workspace=env.get("WORKSPACE") or ".")
